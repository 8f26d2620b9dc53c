import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Deps } from '../../src/activities/deps.ts';
import { readKnownDefects } from '../../src/activities/known-defects.ts';
import { concludeSuite, suiteFolder } from '../../src/activities/suite-conclude.ts';
import type { SuiteEnd } from '../../src/contract/suite-result.ts';
import { fleet } from '../workflows/fleet.ts';

const LISTED = '- {id: lost, reason: r, expires: 2999-12-31}\n';

describe('the end of a suite', () => {
  let dir: string;
  let deps: Deps;
  const end: SuiteEnd = {
    ...{ kind: 'suite', workflowId: 'nightly-2026-02-08T01:00:00Z', runId: 'r', plan: { fleet: 'fake', seed: 1 } },
    ...{ startedAt: '2026-02-08T01:00:00.000Z', runs: [], residue: [], aborted: false },
    groups: [
      {
        ...{ scenario: 'mr_01', verdict: 'failed', because: 'lost', count: 1, findings: [] },
        failures: [{ id: 'lost', message: 'm', count: 1 }],
        ...{ slowestSeconds: 1, journal: '/j', slowestJournal: '/j' },
      },
    ],
  };

  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), '0k-suite-'));
    deps = { fleet, fleetFile: path.join(dir, 'fleet.yml'), stateDir: dir } as unknown as Deps;
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('leaves one summary as JSON and one as Markdown, readable by nobody else', async () => {
    const { summary, known } = await concludeSuite(deps)(end);
    assert.equal(known, false);
    assert.equal(summary.json, path.join(dir, 'suites', end.workflowId, 'summary.json'));
    for (const file of [summary.json, summary.markdown]) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(summary.markdown, 'utf8'), /^# failed: suite/);
  });

  it('reads the list of known defects beside the fleet file', async () => {
    writeFileSync(path.join(dir, 'known-defects.yml'), LISTED);
    assert.equal((await concludeSuite(deps)(end)).known, true);
  });

  it('says why nothing is known where the list went bad meanwhile', async () => {
    writeFileSync(path.join(dir, 'known-defects.yml'), '- {id: lost}');
    const { known, defects } = await concludeSuite(deps)(end);
    assert.equal(known, false);
    assert.match(defects.problem ?? '', /known-defects\.yml` is not valid:[^]*expires/);
  });

  it('keeps every summary in its own folder, whatever the workflow is called', () => {
    for (const id of ['../../etc', '..', 'a/b', '/x']) {
      assert.equal(path.dirname(suiteFolder('/state', id)), '/state/suites', id);
      assert.notEqual(path.basename(suiteFolder('/state', id)), '..');
    }
  });

  it('refuses a list that the fleet file names and that is not there, or a device', () => {
    for (const knownDefects of [path.join(dir, 'nowhere.yml'), '/dev/zero'])
      assert.throws(() => readKnownDefects({ fleet: { ...fleet, knownDefects }, fleetFile: '/f' }), {
        type: 'BadInput',
        message: /(nowhere\.yml|dev\/zero)` cannot be read/,
      });
    assert.deepEqual(readKnownDefects({ fleet, fleetFile: path.join(dir, 'fleet.yml') }), []);
  });
});
