import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { setSecondPath } from '../../lab/lab.ts';
import { createActivities } from '../../src/activities/index.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import { everyFault, onceOf } from './every-fault.ts';

/** Each line stands alone, or several stand at the same time. */
const SPECS: FaultSpec[][] = [
  [
    { kind: 'netem', target: 'relay-3', delayMs: 150, distribution: 'normal', jitterMs: 10 },
    { kind: 'netem', target: 'relay-1', direction: 'in', slot: { minMs: 100, maxMs: 150 } },
  ],
  [{ kind: 'netem', target: 'guardian', toward: 'beast', lossPercent: 30 }],
  [{ kind: 'netem', target: 'guardian', toward: 'beast', rateKbit: 128 }],
  [{ kind: 'netem', target: 'guardian', delayMs: 200, jitterMs: 20, duplicatePercent: 30 }],
  [
    { kind: 'netem', target: 'guardian', toward: 'beast', ports: ['icmp'], direction: 'in', delayMs: 150 },
    { kind: 'netem', target: 'guardian', toward: 'beast', ports: ['tcp/8090'], delayMs: 200 },
    {
      kind: 'netem',
      target: 'guardian',
      toward: 'beast',
      ports: ['icmp'],
      interface: 'eth1',
      lossState: { enterPercent: 20, leavePercent: 40 },
    },
  ],
];

describe('every kind of netem, on real machines that grant what docs/sudoers says', function () {
  this.timeout(120_000);
  everyFault(SPECS, (bare) => {
    const slow: FaultSpec = { kind: 'netem', target: 'guardian', toward: 'beast', delayMs: 200 };

    it('netem that 0k-sync goes round does not bite, whatever pings show, and the way is named', async () => {
      const { here, run, deps, activity } = bare();
      const ask = onceOf({ run, spec: slow });
      await setSecondPath(true, { name: here.lab.name });
      try {
        const { bite } = await activity(() => createActivities(deps).inject(ask));
        assert.equal(bite.bit, false, bite.how);
        assert.match(bite.how, /^a real pull from guardian still reached relay-1.* a way round it, by .*eth0/);
      } finally {
        await setSecondPath(false, { name: here.lab.name });
        await activity(() => createActivities(deps).heal(ask));
      }
      assert.deepEqual(await here.residue(), []);
    });

    it('netem whose run is cancelled while all is lost before it: that is healed, and it does not come', async () => {
      const { here, run, deps, environment } = bare();
      const activity = environment();
      const injecting = activity.run(() => createActivities(deps).inject(onceOf({ run, spec: slow })));
      const refused = assert.rejects(injecting, { name: 'CancelledFailure' });
      while (!(await here.root('guardian', 'tc', 'qdisc', 'show')).includes('loss 100%')) await sleep(100);
      activity.cancel();
      await refused;
      assert.deepEqual(await here.residue(), []);
    });
  });
});
