import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { sweepFleet, sweepMachine } from '../../src/activities/sweep.ts';
import { cut, eachOnItsMachine } from '../hosts/leased-machine.ts';
import { environment } from '../workflows/environment.ts';
import { livingRun, sweptDeps } from './swept-fleet.ts';

describe('a sweep', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  let client: Client;
  before(async () => {
    ({ client } = await environment());
  });
  const swept = () => sweepMachine(sweptDeps(client, machine().host()), 'guardian');
  const secondsLeft = async (): Promise<number> => {
    const [entry] = await leases().list();
    return entry?.state === 'leased' ? entry.seconds : 0;
  };
  const leased = async (): Promise<(string | undefined)[]> => (await leases().list()).map(({ lease }) => lease?.id);

  it('heals what a run has left that has ended, and touches nothing of one that is alive', async () => {
    const [dead, alive] = [await livingRun(client), await livingRun(client)];
    await dead.handle.terminate();
    await leases().arm(cut('left', { owner: dead.owner }));
    await leases().arm(cut('used', { owner: alive.owner }));
    const { healed, stands, left } = await swept();
    assert.match(healed.join(), /^guardian: cut healed by sweep at /);
    assert.deepEqual([stands, left, await leased()], [[], [], ['used']]);
    await alive.handle.terminate();
    assert.equal((await swept()).healed.length, 1);
    assert.deepEqual(await leased(), []);
  });

  for (const owner of ['by-hand/20261122171930-4f2a', `ground/${randomUUID()}`, `other-server/${randomUUID()}`]) {
    it(`leaves ${owner.split('/')[0]} its time, and heals it when that is over and its timer is dead`, async () => {
      await leases().arm(cut('held', { owner, ttlSeconds: 30 }));
      const { healed, left } = await swept();
      assert.deepEqual([healed, await leased()], [[], ['held']]);
      assert.match(
        left.join(),
        /^guardian carries `cut` of .* no run of this Temporal: it ends by itself in \d+ s, or by `0k-chaos heal held`$/,
      );
      await leases().renew(owner, 3);
      await machine().output('sh', '-c', 'kill -9 $(cat /run/0k-chaos/*.timer)');
      while ((await secondsLeft()) > 0) await pause(100);
      assert.equal((await swept()).healed.length, 1);
      assert.deepEqual(await leased(), []);
    });
  }

  it('heals nothing where Temporal cannot be asked, and says so', async () => {
    const away = { workflow: client.workflow, withDeadline: () => Promise.reject(new Error('14 UNAVAILABLE')) };
    const { owner, handle } = await livingRun(client);
    await handle.terminate();
    await leases().arm(cut('left', { owner }));
    const deps = sweptDeps(away as unknown as Client, machine().host());
    const { healed, left } = await sweepMachine(deps, 'guardian');
    assert.deepEqual([healed, await leased()], [[], ['left']]);
    assert.match(left.join(), /left alone, as Temporal cannot be asked .*UNAVAILABLE/);
  });

  it('says which machines it cannot reach and since when, and sweeps the others all the same', async () => {
    const { owner, handle } = await livingRun(client);
    await handle.terminate();
    await leases().arm(cut('left', { owner }));
    const deps = sweptDeps(client, machine().host());
    const first = await sweepFleet(deps);
    assert.deepEqual([first.swept, first.healed.length], [['guardian'], 1]);
    const [missed] = first.unreachable;
    assert.deepEqual([missed?.machine, missed?.message], ['beast', 'beast does not answer']);
    const since = '2026-01-01T00:00:00.000Z';
    const previous = { ...first, unreachable: [{ machine: 'beast', since, message: '' }] };
    assert.equal((await sweepFleet(deps, previous)).unreachable[0]?.since, since);
  });
});
