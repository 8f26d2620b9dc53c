import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { heal } from '../../src/activities/heal.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import type { Healed } from '../../src/contract/steps.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

const run = { scenario: 'a', workflowId: 'w', runId: 'r' };
const id = 'w/r/1';
const spec = { kind: 'partition', target: 'guardian', from: 'all', direction: 'both' } as const;
const params = { id, place: { on: 'machine' }, tool: 'nft', from: 'all' };
const injectedAt = '2026-11-27T10:00:00.000Z';

describe('the heal of a fault that no ledger knows any more', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-heal-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  /** Guardian, whose ledger is empty, and what it says once it is told the fault's own words. */
  async function healed(mends: string, more = {}): Promise<{ asked: string[]; healed: Healed }> {
    const asked: string[] = [];
    const says = (_: readonly string[], { stdin }: ExecOptions): string => {
      const command = /^command=(\w+)/m.exec(String(stdin))?.[1] ?? '';
      asked.push(command);
      const reply = command === 'mend' ? mends : '{"key":"k","state":"unknown","lease":null}';
      return `${reply}\n{"done":true}\n`;
    };
    const deps = { ...fakeDeps({ guardian: { says } }), stateDir };
    const ask = { run, id, spec, leaseSeconds: 60, ...more };
    const said = (await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
      heal(deps)(ask),
    )) as Healed;
    return { asked: asked.filter((command) => command !== ''), healed: said };
  }
  const gone = '{"key":"k","state":"unknown","lease":null}';
  const stands = '{"key":"k","state":"stands","lease":null,"evidence":"no memory"}';
  before(() =>
    new RunFolder(stateDir, run).record({
      ...{ kind: 'measured', summary: id },
      data: { what: `${id} resolved`, value: { machine: 'guardian', kind: 'partition', params } },
    }),
  );

  it('is done by the words of the fault itself, and not the run has ended it', async () => {
    const { asked, healed: said } = await healed(gone, { injectedAt });
    assert.deepEqual([asked, said.healedBy], [['heal', 'mend'], 'somebody']);
  });

  it('goes on while it stands', () => assert.rejects(healed(stands, { injectedAt }), /is not healed: .*no memory/));

  it('has nothing to do where it was never put in place', async () => {
    assert.deepEqual((await healed(stands)).asked, ['heal']);
  });
});
