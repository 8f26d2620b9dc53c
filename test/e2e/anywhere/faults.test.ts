import { strict as assert } from 'node:assert';
import { measurePartition } from '../../../src/activities/bite/partition.ts';
import type { FaultSpec } from '../../../src/contract/fault-spec.ts';
import { everyFault } from '../every-fault.ts';

/** Each line stands alone, or several stand at the same time. */
const SPECS: FaultSpec[][] = [
  [{ kind: 'container', target: 'relay-1', action: 'stop' }],
  [{ kind: 'container', target: 'relay-1', action: 'pause' }],
  [{ kind: 'container', target: 'relay-1', action: 'restart' }],
  [{ kind: 'container', target: 'relay-1', action: 'kill', signal: 'SIGINT' }],
  [{ kind: 'partition', target: 'relay-2', from: 'all', direction: 'both' }],
  [
    { kind: 'partition', target: 'relay-2', from: 'all', direction: 'both', ports: 'data' },
    { kind: 'partition', target: 'guardian', from: ['relay-1'], direction: 'both' },
    { kind: 'partition', target: 'relay-3', from: ['guardian'], direction: 'in' },
  ],
  [{ kind: 'partition', target: 'guardian', from: ['beast'], direction: 'out' }],
  [{ kind: 'partition', target: 'guardian', from: 'all', direction: 'both', control: 'cut' }],
];

describe('every kind of fault but netem, on real machines that grant what docs/sudoers says', function () {
  this.timeout(120_000);
  everyFault(SPECS, (bare) => {
    it('a cut that somebody puts on INPUT and OUTPUT of the relays’ machine only: containers are still reached, so it does not bite', async () => {
      const { here, run, deps, activity } = bare();
      const gauge = measurePartition(deps, run, {
        kind: 'partition',
        target: 'guardian',
        from: ['beast'],
        direction: 'both',
      });
      const [guardian = ''] = here.config.fleet.machines['guardian']?.addresses ?? [];
      const rules = (verb: string) =>
        here.root(
          'beast',
          'sh',
          '-c',
          `iptables ${verb} INPUT -s ${guardian} -j DROP; iptables ${verb} OUTPUT -d ${guardian} -j DROP`,
        );
      const before = await activity(() => gauge.before());
      await rules('-I');
      try {
        const { bit, how } = await activity(() => gauge.during(before));
        assert.equal(bit, false, how);
        assert.match(how, /still reached relay-1, relay-2, relay-3 while the cut stood/);
      } finally {
        await rules('-D');
      }
    });
  });
});
