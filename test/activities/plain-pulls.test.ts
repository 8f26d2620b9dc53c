import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../../src/activities/deps.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { plainlyPulled, pullPlainly } from '../../src/activities/plain-pulls.ts';
import { push } from '../../src/activities/push.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import type { RunRef } from '../../src/contract/run.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';
import * as samples from '../zerok/samples.ts';

const SPEC = { id: 'm-1', shape: 'line', bytes: 48, seed: 1 } as const;

describe('plain pulls of a client', function () {
  this.timeout(20_000);
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-plain-'));
  const path = join(folder, 'sync-cli');
  const client = `{ machine: desk, command: [sh, ${path}], data: ${folder} }`;
  const fleet = parseFleet(
    `name: one\nmachines: { desk: { local: true } }\nrelays: {}\nclients: { q: ${client}, guardian: ${client} }\n`,
    'fleet.yml',
  );
  let hosts: Hosts;
  let deps: Deps;
  let runs = 0;
  let run: RunRef;
  before(() => {
    hosts = createHosts({ machines: fleet.machines, stateDir: folder });
    deps = { fleet, hosts, stateDir: folder } as Omit<Deps, 'temporal'> as Deps;
    writeFileSync(join(folder, 'pushed'), samples.pushAcknowledged);
    writeFileSync(join(folder, 'pulled'), samples.pulled([[1, 'a text']]));
    // Its cursor has moved at once; what there is comes later.
    writeFileSync(path, `case $3 in push) cat ${folder}/pushed ;; pull) sleep 0.5; cat ${folder}/pulled ;; esac\n`);
  });
  beforeEach(() => (run = { scenario: 'a', workflowId: 'plain', runId: `${(runs += 1)}` }));
  after(async () => {
    await hosts.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('beside pushes come to their ends when the pushes are over, so that nothing is shown to nobody', async () => {
    await new MockActivityEnvironment().run(async () =>
      push(deps)({ run, client: 'q', messages: [SPEC], whilePulling: 'guardian' }),
    );
    const { pages, whole } = plainlyPulled(new RunFolder(folder, run), 'guardian');
    assert.deepEqual([pages.length > 0, whole], [true, true]);
  });

  it('are not whole any more once one of them was cut off', async () => {
    const book = new RunFolder(folder, run);
    const guardian = new SyncClient(deps, run, 'guardian');
    await assert.rejects(pullPlainly(book, guardian, AbortSignal.timeout(100)));
    await pullPlainly(book, guardian, new AbortController().signal);
    const { pages, whole } = plainlyPulled(book, 'guardian');
    assert.deepEqual([pages.length, whole], [1, false]);
  });
});
