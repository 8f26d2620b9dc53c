import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { gone } from '../../src/activities/gone.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

const run = { scenario: 'a', workflowId: 'w', runId: 'r' };
const id = 'w/r/1';
const spec = { kind: 'netem', target: 'guardian', toward: 'beast', delayMs: 500 } as const;

const lease = {
  ...{ id, owner: 'w/r', kind: 'netem', target: 'guardian', summary: 'slow guardian', bearer: 'qdisc eth0' },
  armedAt: '2026-11-27T10:00:00.000Z',
};
const entry = { key: 'k', state: 'leased', lease, seconds: 20, thisBoot: true, note: '', tries: 0, since: null };

describe('whether faults are gone', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-gone-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  /** Guardian has the fault in its ledger, and its pings come back after so many milliseconds. */
  const look = (standing: boolean, rttMs: number) => {
    const pings = `5 packets transmitted, 5 received, 0% packet loss\nrtt min/avg/max/mdev = ${rttMs}/${rttMs}/${rttMs}/0 ms\n`;
    const ledger = `${JSON.stringify({ ...entry, standing })}\n{"done":true}\n`;
    const guardian = {
      says: (...asked: unknown[]) => ({
        exitCode: 0,
        stdout: JSON.stringify(asked).includes('192.0.2.1') ? pings : ledger,
      }),
    };
    const deps = { ...fakeDeps({ guardian }), stateDir };
    const before = { sent: 5, received: 5, duplicates: 0, lossPercent: 0, rttMs: 1 };
    new RunFolder(stateDir, run).record({ kind: 'measured', summary: id, data: { what: id, value: before } });
    const asked = { run, faults: [{ id, target: 'guardian', spec }] };
    return new MockActivityEnvironment().run(async () => gone(deps)(asked)) as Promise<string[]>;
  };

  it('says nothing of one that stands and still bites', async () => assert.deepEqual(await look(true, 501), []));

  it('tells one that does not stand any more', async () => {
    assert.deepEqual(await look(false, 501), ['`slow guardian` does not stand any more']);
  });

  it('tells one that stands, and whose effect somebody has taken away', async () => {
    const [told = '', ...more] = await look(true, 2);
    assert.match(told, /stands and does not bite any more: not to be seen: round trip 1 → 2 ms/);
    assert.deepEqual(more, []);
  });
});
