import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import { everyFault } from './every-fault.ts';

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
  everyFault(SPECS);
});
