import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { groundChecks } from '../../src/activities/ground/index.ts';
import type { Checked } from '../../src/activities/ground/run.ts';
import { chosen, renderChecks } from '../../src/cli/ground.ts';
import { folderWith } from './fleets.ts';
import { chaos } from './program.ts';

const checked = (over: Partial<Checked> = {}): Checked => ({
  ...{ name: 'ssh_scp_round_trip', does: 'It.', state: 'ok', what: 'the same', fix: null, seconds: 1.23 },
  ...over,
});

describe('0k-chaos ground', function () {
  this.timeout(60_000);
  const home = mkdtempSync(path.join(tmpdir(), '0k-chaos-home-'));
  const fleet = folderWith();
  after(() => (rmSync(home, { recursive: true, force: true }), fleet.remove()));

  it('takes names and globs, and keeps the guide’s order', () => {
    const names = chosen(groundChecks, ['distributed_heal_partition', 'ssh_exec_*']).map(({ name }) => name);
    assert.equal(names.length, 5);
    assert.equal(names[0], 'ssh_exec_beast_whoami');
    assert.equal(names[4], 'distributed_heal_partition');
    assert.equal(chosen(groundChecks, []).length, 21);
  });

  it('refuses a check that there is not with exit code 2, and names what is near', async () => {
    const { code, stdout, stderr } = await chaos(home, 'ground', 'ssh_scp_round_tripp', '--fleet', fleet.file);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /no check of the ground `ssh_scp_round_tripp` .*; did you mean `ssh_scp_round_trip`\?/);
  });

  it('lists what each check does without a fleet', async () => {
    const { code, stdout } = await chaos(home, 'ground', '--list', '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as unknown[]).length, 21);
  });

  it('exits 1 on a fleet that is not there; each failure has its fix, and what stands on it is not blamed', async () => {
    const { code, stdout } = await chaos(home, 'ground', '--json', '--fleet', fleet.file);
    assert.equal(code, 1, stdout);
    const { checks, left, failed } = JSON.parse(stdout) as { checks: Checked[]; left: string[]; failed: number };
    assert.deepEqual(left, []);
    assert.equal(failed, 21);
    assert.ok(checks.every(({ state, fix }) => (state === 'fail' ? fix !== null : state === 'skipped')));
    const of = (name: string): Checked | undefined => checks.find((one) => one.name === name);
    assert.match(of('ssh_exec_guardian_whoami')?.what ?? '', /guardian/);
    assert.equal(of('distributed_init_pair_guardian')?.state, 'skipped');
  });

  it('shows a check a line with its time, and under all of them each failure with its fix, within the width', () => {
    const bad = checked({
      name: 'ssh_exec_beast_whoami',
      state: 'fail',
      what: 'no \u001b[31mroute',
      fix: 'switch it on',
    });
    const skipped = checked({ name: 'later', state: 'skipped', what: 'not done: see `ssh_exec_beast_whoami`' });
    const text = renderChecks([checked({ what: 'word '.repeat(40) }), bad, skipped], { width: 60 });
    const lines = text.split('\n');
    assert.ok(
      lines.every((line) => line.length <= 60),
      text,
    );
    assert.match(lines[0] ?? '', /^✔ ssh_scp_round_trip +1\.2 s$/);
    assert.match(text, /\n✘ ssh_exec_beast_whoami: no route\n {2}fix: switch it on$/);
    assert.match(text, /\n✘ later +1\.2 s\n {4}not done: see `ssh_exec_beast_whoami`\n/);
  });
});
