import { strict as assert } from 'node:assert';
import { mkdirSync, symlinkSync } from 'node:fs';
import { reasonOf } from '../../src/cli/brake.ts';
import { runsOf } from '../../src/cli/brake/runs.ts';
import { renderState } from '../../src/cli/brake/state.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { FLEET, folderWith } from './fleets.ts';
import { chaos, type Ended } from './program.ts';

const MR = 'mr_01_relay_crash_failover';
const on = { fleet: 'nowhere', reason: 'smoke', who: 'ann@q', since: '2026-11-22T17:00:00.000Z' };

describe('`0k-chaos brake`', function () {
  this.timeout(120_000);

  it('brakes here where no machine and no Temporal answers, says what it could not do, and is released', async () => {
    const { dir, file, remove } = folderWith();
    const brake = (...words: string[]): Promise<Ended> => chaos(dir, 'brake', ...words, '--fleet', file);
    try {
      const pulled = await brake('smoke', 'in', 'the', 'rack');
      assert.equal(pulled.code, 4, 'what may still stand outweighs all');
      assert.match(pulled.stdout, /the brake is on: smoke in the rack \(pulled by [^\n]*@/);
      assert.match(pulled.stdout, /runs could not be cancelled: [^\n]*; what lives is refused at its next fault/);
      assert.match(pulled.stderr, /guardian: does not answer, so it is braked from here only/);
      const later = [
        ['brake', '--status', '--json'],
        ['run', MR],
        ['inject', 'cut', 'guardian'],
      ].map((words) => chaos(dir, ...words, '--fleet', file));
      const [status, run, inject] = (await Promise.all(later)) as [Ended, Ended, Ended];
      assert.equal(status.code, 3);
      assert.equal((JSON.parse(status.stdout) as { here: { reason: string } }).here.reason, 'smoke in the rack');
      for (const { code, stderr } of [run, inject]) {
        assert.equal(code, 3, stderr);
        assert.match(stderr, /the brake is on: smoke in the rack.*`0k-chaos brake --release`/);
      }
      const released = await brake('--release');
      assert.equal(released.code, 4, 'a machine that was not reached may stay braked');
      assert.match(released.stderr, /guardian stays braked, if it is: .*say `0k-chaos brake --release` again later/);
      assert.match((await brake('--status')).stdout, /here: the brake is off/);
    } finally {
      remove();
    }
  });

  it('stops machines and runs where this one cannot write it down, and says so', async () => {
    const { dir, file, remove } = folderWith(`${FLEET}state: ./state\n`);
    try {
      mkdirSync(`${dir}/state`);
      symlinkSync('/nonexistent/there', `${dir}/state/brake`);
      const { code, stdout, stderr } = await chaos(dir, 'brake', 'smoke', '--fleet', file);
      assert.equal(code, 4, stderr);
      assert.match(stdout, /runs could not be cancelled[^]*NOT sure of this machine, beast, guardian/);
      assert.doesNotMatch(stdout, /refused from now on, here/);
      assert.match(stderr, /NOT refused here[^\n]*\n.*beast: does not answer/);
    } finally {
      remove();
    }
  });

  it('wants a reason, or one of its ways, and touches nothing else', async () => {
    const { dir, file, remove } = folderWith();
    try {
      for (const words of [[], ['  '], ['smoke', '--release'], ['--status', '--release'], ['--relase']])
        assert.equal((await chaos(dir, 'brake', ...words, '--fleet', file)).code, 2, words.join(' '));
      assert.match((await chaos(dir, 'brake', '--status', '--fleet', file)).stdout, /here: the brake is off/);
    } finally {
      remove();
    }
  });

  it('keeps a reason to one line of bounded length', () => {
    assert.equal(reasonOf(['a\n b', '\u0007c ']), 'a b c');
    assert.equal(reasonOf(['x'.repeat(1000)]).length, 300);
  });

  it('asks for every run of the fleet, also those that nobody has taken up', () => {
    const query = runsOf('lab');
    for (const type of [...Object.keys(scenarios), 'suite', 'soak']) assert.ok(query.includes(`'${type}'`), type);
    assert.match(query, /\(ChaosFleet = 'lab' OR ChaosFleet IS NULL\)$/);
  });

  it('tells the way out where machines and this one do not agree', () => {
    const machines = [
      { machine: 'beast', brake: null, problem: null },
      { machine: 'guardian', brake: on, problem: null },
    ];
    assert.match(renderState({ here: null, machines }).at(-1) ?? '', /^guardian missed the release.*--release`$/);
    assert.match(renderState({ here: on, machines }).join('\n'), /missed it: the next sweep puts it on/);
  });
});
