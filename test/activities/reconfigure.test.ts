import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reconfigured } from '../../src/activities/reconfigure.ts';
import type { Argv } from '../../src/faults/argv.ts';
import { groupJson, OTHER, relayLog } from '../zerok/samples.ts';
import { container, fakeDeps, PEER } from './ground/fake-fleet.ts';

describe('a group file that nobody but its client writes to', () => {
  let stateDir: string;
  beforeEach(() => (stateDir = mkdtempSync(path.join(tmpdir(), '0k-reconfigure-'))));
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

  /** What is found of q, whose file names these relays, once it was given relay-1. */
  async function found(relay_addresses: string[]) {
    const says = ([, , script = '']: Argv) =>
      script.startsWith('cat ') ? JSON.stringify({ ...groupJson, relay_addresses, cursors: { [PEER]: 7 } }) : '';
    const beast = { containers: [container('relay-1')], log: () => relayLog(PEER) };
    const deps = { ...fakeDeps({ beast, q: { says } }), stateDir };
    const run = { scenario: 's', workflowId: 'w', runId: relay_addresses.join('-') || 'none' };
    assert.deepEqual((await reconfigured(deps, run, ['q'])).findings, []);
    return (await reconfigured(deps, run, ['q'])).findings.map(({ id, message }) => `${id}: ${message}`);
  }

  it('may gain cursors, and names the relays that it was given', async () => {
    assert.deepEqual(await found([PEER]), []);
  });

  for (const [ids, told] of [
    [[], '0 of them and 0 other(s)'],
    [[OTHER], '0 of them and 1 other(s)'],
    [[PEER, OTHER], '1 of them and 1 other(s)'],
  ] as const)
    it(`is found changed where it names ${told}`, async () => {
      const message = `group-file-changed: q was given 1 relay(s), and its group.json names ${told}`;
      assert.deepEqual(await found([...ids]), [message]);
    });
});
