import { strict as assert } from 'node:assert';
import { fail, ok } from '../../src/activities/ground/observation.ts';
import { check, renderChecks } from '../../src/cli/doctor/check.ts';
import { HostError } from '../../src/hosts/host.ts';

describe('a check of the doctor', () => {
  it('is a failure with the way out where it could not look', async () => {
    const [found] = await check('beast', 'switch it on', () => Promise.reject(new Error('no route')));
    assert.ok(found);
    assert.deepEqual([found.area, found.state, found.what, found.fix], ['beast', 'fail', 'no route', 'switch it on']);
  });

  it('looks once more when the link was lost, and only then', async () => {
    let looks = 0;
    const lost = () => {
      looks += 1;
      return looks === 1 ? Promise.reject(new HostError('unknown', 'beast', 'lost')) : Promise.resolve([ok('there')]);
    };
    assert.deepEqual(
      (await check('beast', '', lost)).map(({ state }) => state),
      ['ok'],
    );

    looks = 0;
    const off = () => {
      looks += 1;
      return Promise.reject(new HostError('unreachable', 'beast', 'off'));
    };
    await check('beast', '', off);
    assert.equal(looks, 1);
  });

  it('is shown with its fix below it, within the width', () => {
    const checks = [ok('reached'), fail('no `tc`'.padEnd(90, ' x'), 'install iproute2 there')].map((one) => ({
      ...{ area: 'guardian', seconds: 0.12, fix: null },
      ...one,
    }));
    const lines = renderChecks(checks, { width: 60 }).split('\n');
    assert.equal(lines[0], 'ok    guardian  reached (0.1 s)');
    assert.ok(lines.every((line) => line.length <= 60));
    assert.ok(lines.some((line) => line.trim() === 'fix: install iproute2 there'));
  });
});
