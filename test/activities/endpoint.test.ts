import { strict as assert } from 'node:assert';
import { isAnswered } from '../../src/activities/endpoint.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import * as samples from '../zerok/samples.ts';

const answered = (stdout: string, stderr = '') => isAnswered('guardian', parsePull({ stdout, stderr }));

describe('an old endpoint id', () => {
  it('is answered by who has rows, none, or fails after the connection', () => {
    for (const stdout of [samples.pulled([[1, 'a']]), samples.pulledNothing, samples.pullFailed])
      assert.equal(answered(stdout), true, stdout);
  });

  it('is not answered where nobody is reached', () => {
    for (const stderr of [samples.unknownId, samples.nobodyReachable]) assert.equal(answered('', stderr), false);
  });

  it('is not called dead by a client that does not say what it met', () => {
    for (const [stdout, stderr] of [[samples.pullBegun], ['', samples.notPaired], ['']] as [string, string?][])
      assert.throws(() => answered(stdout, stderr), /whether anybody answers guardian at the old endpoint id/);
  });
});
