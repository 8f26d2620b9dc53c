import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import type { GroundCheck } from '../../../src/activities/ground/check.ts';
import { NotSo } from '../../../src/activities/ground/check.ts';
import { ok, warn } from '../../../src/activities/ground/observation.ts';
import { runGround } from '../../../src/activities/ground/run.ts';
import { HostError } from '../../../src/hosts/host.ts';
import { fakeDeps } from './fake-fleet.ts';

const check = (name: string, run: GroundCheck['run'], breaks?: GroundCheck['breaks']): GroundCheck => ({
  ...{ name, does: `It is ${name}.`, fix: `mend ${name}` },
  ...(breaks === undefined ? {} : { breaks }),
  run,
});
const good = (): Promise<[ReturnType<typeof ok>]> => Promise.resolve([ok('fine')]);
const run = (checks: GroundCheck[], options = {}) =>
  runGround(fakeDeps({}), checks, { signal: new AbortController().signal, ...options });

describe('a run of the ground', () => {
  it('does what breaks nothing side by side, and then what breaks, each kind in turn', async () => {
    const order: string[] = [];
    let atOnce = 0;
    const slow = (name: string, breaks?: GroundCheck['breaks']): GroundCheck =>
      check(
        name,
        async () => {
          atOnce += 1;
          await pause(20);
          order.push(`${name} beside ${atOnce - 1}`);
          atOnce -= 1;
          return [ok(name)];
        },
        breaks,
      );
    const { checks } = await run([slow('cut', 'edge'), slow('a'), slow('heal', 'edge'), slow('b')]);
    assert.deepEqual(order, ['a beside 1', 'b beside 0', 'cut beside 0', 'heal beside 0']);
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['cut', 'a', 'heal', 'b'],
    );
  });

  it('tells the fix of the failure, else that of the check', async () => {
    const broken = check('broken', () => Promise.reject(new Error('no such thing')));
    const known = check('known', () => Promise.reject(new NotSo('not so', 'do this')));
    const { checks } = await run([broken, known]);
    assert.deepEqual(
      checks.map(({ state, what, fix }) => [state, what, fix]),
      [
        ['fail', 'no such thing', 'mend broken'],
        ['fail', 'not so', 'do this'],
      ],
    );
  });

  it('blames one check for what several stand on, and says of the others that they were not done', async () => {
    const standing = (name: string) =>
      check(name, async (scratch) => scratch.once('base', () => Promise.reject(new NotSo('no base', 'lay one'))));
    const { checks } = await run([standing('base'), standing('wall'), check('garden', good)]);
    assert.deepEqual(
      checks.map(({ state, what }) => [state, what]),
      [
        ['fail', 'no base'],
        ['skipped', 'not done: see `base`'],
        ['ok', 'fine'],
      ],
    );
  });

  it('breaks nothing while somebody relies on the machines, and still looks', async () => {
    const busy = { state: 'fail', what: 'the run `mr_01` is under way', fix: 'wait' } as const;
    let broke = false;
    const breaking = check('netem', () => ((broke = true), good()), 'relay');
    const { checks } = await run([check('look', good), breaking], { busy });
    assert.equal(broke, false);
    assert.deepEqual(
      checks.map(({ state, what }) => [state, what]),
      [
        ['ok', 'fine'],
        ['fail', busy.what],
      ],
    );
  });

  it('is good with a warning, whose way out it tells', async () => {
    const { checks } = await run([check('log', () => Promise.resolve([ok('there'), warn('empty', 'set the filter')]))]);
    assert.deepEqual([checks[0]?.state, checks[0]?.what, checks[0]?.fix], ['warn', 'there; empty', 'set the filter']);
  });

  it('ends at the signal, begins nothing more, and tidies up', async () => {
    const controller = new AbortController();
    const removed: string[] = [];
    const deps = fakeDeps({
      beast: { says: (argv) => (argv[0] === 'rm' ? (removed.push(argv.join(' ')), '') : undefined) },
    });
    const lasting = check('lasting', async (scratch) => {
      await scratch.leaving('folder', 'beast', () => Promise.resolve());
      controller.abort();
      await scratch.deps.hosts.get('beast').exec(['sleep', '100']);
      return [ok('slept')];
    });
    let begun = false;
    const next = check('next', () => ((begun = true), good()), 'edge');
    const report = await runGround(deps, [lasting, next], { signal: controller.signal });
    assert.equal(begun, false);
    assert.match(removed.join(), /^rm -rf -- \/tmp\/0k-chaos-[0-9a-f]{12}$/);
    assert.deepEqual(report.left, []);
  });

  it('has nothing to tidy up where nothing began', async () => {
    const denied = new HostError('denied', 'beast', 'no key fits');
    const lasting = check('lasting', (scratch) => scratch.leaving('folder', 'beast', () => Promise.reject(denied)));
    assert.deepEqual((await run([lasting])).left, []);
  });

  it('says what it could not tidy up', async () => {
    const deps = fakeDeps({ beast: { says: () => new Error('beast is gone') } });
    const lasting = check('lasting', (scratch) => scratch.leaving('folder', 'beast', good));
    const report = await runGround(deps, [lasting], { signal: new AbortController().signal });
    assert.deepEqual(report.left, ['beast: beast is gone']);
  });
});
