import { strict as assert } from 'node:assert';
import { inTime } from '../../src/activities/inject.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';

describe('the bite of a cut that only its lease ends', () => {
  const spec: FaultSpec = { kind: 'partition', target: 'guardian', from: 'all', direction: 'both', control: 'cut' };
  const none = { bit: false, how: 'control of guardian: reached → reached', before: {}, during: {} };
  const ask = { spec, leaseSeconds: 8 };

  it('that was looked at too late says so', () => {
    assert.match(inTime(none, ask, 9_000).how, /; its lease of 8 s was over before anybody could look/);
  });

  it('is told as it was seen otherwise', () => {
    const { control: _, ...kept } = spec;
    for (const [bite, asked, ms] of [
      [none, ask, 7_000],
      [{ ...none, bit: true }, ask, 9_000],
      [none, { ...ask, spec: kept }, 9_000],
    ] as const)
      assert.equal(inTime(bite, asked, ms), bite);
  });
});
