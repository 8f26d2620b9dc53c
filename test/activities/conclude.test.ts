import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { conclude } from '../../src/activities/conclude.ts';
import type { Deps } from '../../src/activities/deps.ts';
import type { RunResult } from '../../src/contract/run.ts';
import { parseJournal } from '../../src/report/journal.ts';
import { fleet } from '../workflows/fleet.ts';

const RUN = { scenario: 'mr_01', workflowId: 'w', runId: 'r' };
const PASSED: RunResult = {
  ...{ ...RUN, verdict: 'passed', claim: 'It holds.', because: 'it held', seconds: 1, seed: 1, journal: '' },
  ...{ faults: [], failures: [], findings: [], deliveries: [], residue: [] },
};

describe('the journal of a run', () => {
  let stateDir: string;
  beforeEach(() => (stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-conclude-'))));
  afterEach(() => rmSync(stateDir, { recursive: true }));

  async function concluded(result: RunResult): Promise<string> {
    const ask = { run: RUN, input: {}, result, clients: [] };
    const file: string = await new MockActivityEnvironment().run(conclude({ stateDir, fleet } as Deps), ask);
    const read = parseJournal(readFileSync(file, 'utf8'));
    assert.ok('journal' in read, JSON.stringify(read));
    return read.journal.result.verdict;
  }

  it('can be written again, and then says less: never more, whoever comes too late', async () => {
    assert.equal(await concluded(PASSED), 'passed');
    assert.equal(await concluded({ ...PASSED, verdict: 'inconclusive' }), 'inconclusive');
    assert.equal(await concluded(PASSED), 'inconclusive');
  });
});
