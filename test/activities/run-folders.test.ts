import { strict as assert } from 'node:assert';
import type { Client } from '@temporalio/client';
import type { Deps } from '../../src/activities/deps.ts';
import { initDevice } from '../../src/activities/join.ts';
import { sweepFleet } from '../../src/activities/sweep.ts';
import { idsOf } from '../../src/activities/owners.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import { eachOnItsMachine } from '../hosts/leased-machine.ts';
import { environment } from '../workflows/environment.ts';
import { livingRun, silent, sweptDeps } from './swept-fleet.ts';

const DATA = "/run/clients' own";
const CLI = `#!/bin/sh
while [ "$1" != --data-dir ]; do shift; done
mkdir "$2" && echo secret >"$2/group.json" && echo 'Device initialized successfully!'`;

describe('the folders of runs on the clients, and a sweep', function () {
  this.timeout(60_000);
  const { machine } = eachOnItsMachine();
  let client: Client;
  before(async () => {
    ({ client } = await environment());
  });
  beforeEach(() => inShell('printf %s "$1" >/run/sync-cli; chmod 755 /run/sync-cli', CLI));

  const inShell = (script: string, ...words: string[]) => machine().output('sh', '-c', script, 'sh', ...words);
  const groups = async (): Promise<string[]> =>
    (await inShell('find "$1" -name group.json', DATA))
      .split('\n')
      .filter((line) => line !== '')
      .toSorted();

  function deps(): Deps {
    const { fleet, ...rest } = sweptDeps(client, machine().host());
    const guardian = { machine: 'guardian', command: ['/run/sync-cli'], data: DATA };
    return { ...rest, fleet: { ...fleet, clients: { guardian } } };
  }

  /** As a run leaves it that is terminated. @returns where its group stands */
  async function joined(owner: string): Promise<string> {
    const one = new SyncClient(deps(), { scenario: '', ...idsOf(owner) }, 'guardian');
    await initDevice(one);
    return `${one.cli.dataDir}/group.json`;
  }

  it('removes what runs have left that have ended, and says so; what is of one that lives, or of nobody, stays', async () => {
    const [dead, alive] = [await livingRun(client), await livingRun(client)];
    await joined(dead.owner);
    const used = await joined(alive.owner);
    await inShell(
      'mkdir "$1/0k-chaos-mine" "$1/else"; echo x >"$1/else/owner"; touch "$1/0k-chaos-mine/group.json"',
      DATA,
    );
    await dead.handle.terminate();
    assert.deepEqual((await sweepFleet(deps())).tidied, [`guardian: what ${dead.owner} had left there is removed`]);
    assert.deepEqual(await groups(), [used, `${DATA}/0k-chaos-mine/group.json`].toSorted());
    await alive.handle.terminate();
    assert.equal((await sweepFleet(deps())).tidied.length, 1);
    assert.deepEqual((await sweepFleet(deps())).tidied, []);
  });

  it('believes no machine that names a folder as one of somebody else', async () => {
    const { owner, handle } = await livingRun(client);
    await handle.terminate();
    await inShell('mkdir -p "$1/0k-chaos-0123456789ab"; echo "$2" >"$1/0k-chaos-0123456789ab/owner"', DATA, owner);
    assert.deepEqual((await sweepFleet(deps())).tidied, []);
    await inShell('[ -d "$1/0k-chaos-0123456789ab" ]', DATA);
  });

  it('leaves what this Temporal does not know for a week', async () => {
    const group = await joined('by-hand/20261122171930-4f2a');
    assert.deepEqual((await sweepFleet(deps())).tidied, []);
    await inShell('touch -d "8 days ago" "${1%/main/*}"', group);
    assert.equal((await sweepFleet(deps())).tidied.length, 1);
  });

  it('says which client could not be looked through, unless its machine was not reached at all', async () => {
    const host = machine().host();
    const exec: typeof host.exec = (argv, options) =>
      argv.includes(DATA) ? Promise.reject(new Error('no more processes')) : host.exec(argv, options);
    const get = (): typeof host => ({ ...host, exec });
    const { left } = await sweepFleet({ ...deps(), hosts: { ...deps().hosts, get } });
    assert.deepEqual(left, ['guardian: whether runs have left folders there is not known: no more processes']);
    const gone = await sweepFleet({ ...deps(), hosts: { ...deps().hosts, get: (name) => silent(name) } });
    assert.deepEqual([gone.left, gone.unreachable.length], [[], 2]);
  });
});
