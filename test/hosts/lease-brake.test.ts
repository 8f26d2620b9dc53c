import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import type { Brake } from '../../src/contract/brake.ts';
import { parseBrake } from '../../src/contract/brake.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eachOnItsMachine } from './leased-machine.ts';

const HOSTILE = `"'\`$(touch /run/pwned)\\ {ttl} \n\t é 🦀 |*}EOF'`;
const pulled: Brake = { fleet: 'lab', reason: HOSTILE, who: 'ann@q', since: '2026-11-22T17:00:00.000Z' };

for (const [name, shell] of Object.entries(SHELLS))
  describe(`the brake of a machine, under ${name}`, function () {
    this.timeout(60_000);
    const { machine, leases } = eachOnItsMachine(shell);

    it('refuses every inject while it is on, saying who pulled it and why, and leaves nothing behind', async () => {
      const { state, evidence = '' } = (await leases().brake(pulled)) as { state: string; evidence?: string };
      assert.deepEqual([state, parseBrake(evidence)], ['braked', pulled]);
      const reply = await leases().arm(cut('x'));
      assert.ok(reply.state === 'braked', JSON.stringify(reply));
      assert.deepEqual(parseBrake(reply.evidence), pulled);
      assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
      assert.doesNotMatch(await machine().output('ls', '/run/0k-chaos'), /\.(lease|until|timer|healed)/);
      assert.equal((await machine().exec(['ls', '/run/pwned'])).exitCode, 2);
    });

    it('heals what stands while it is on, and is off once it is released', async () => {
      await leases().arm(cut('before'));
      await leases().brake(pulled);
      assert.deepEqual(
        (await leases().heal('all', 'hand')).map(({ state }) => state),
        ['healed'],
      );
      assert.equal((await leases().brake('look')).state, 'braked');
      assert.equal((await leases().brake('off')).state, 'released');
      assert.equal((await leases().brake('look')).state, 'released');
      assert.equal((await leases().arm(cut('after'))).state, 'armed');
    });
  });

describe('the brake of a machine', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  const inShell = (script: string): Promise<string> => machine().output('sh', '-c', script);

  it('outlives a reboot, in a file that only root can read', async () => {
    await leases().brake(pulled);
    assert.equal(await inShell('stat -c %a /var/lib/0k-chaos /var/lib/0k-chaos/brake'), '700\n600\n');
    await inShell('rm -rf /run/0k-chaos');
    assert.equal((await leases().arm(cut('x'))).state, 'braked');
  });

  it('is among the facts of the machine, which change nothing', async () => {
    assert.equal((await leases().check()).brake, undefined);
    await leases().brake(pulled);
    assert.deepEqual(parseBrake((await leases().check()).brake ?? ''), pulled);
    await inShell(': >/var/lib/0k-chaos/brake');
    assert.equal((await leases().check()).brake, '');
  });

  it('that is pulled twice keeps the first reason', async () => {
    await leases().brake(pulled);
    const again = await leases().brake({ ...pulled, reason: 'later' });
    assert.ok(again.state === 'braked' && parseBrake(again.evidence).reason === HOSTILE);
  });

  for (const [what, script] of [
    ['empty', ': >/var/lib/0k-chaos/brake'],
    ['not text', 'head -c 3000 /dev/urandom >/var/lib/0k-chaos/brake'],
    ['a folder', 'mkdir /var/lib/0k-chaos/brake'],
    ['a link that leads nowhere', 'ln -s /nowhere /var/lib/0k-chaos/brake'],
  ] as const)
    it(`holds when its file is ${what}`, async () => {
      await inShell(`mkdir -p /var/lib/0k-chaos; ${script}`);
      const reply = await leases().arm(cut('x'));
      assert.ok(reply.state === 'braked', JSON.stringify(reply));
      assert.notEqual(parseBrake(reply.evidence).reason, '');
    });

  it('stands in /run where /var/lib cannot be written, and is taken off there too', async () => {
    await inShell('mount -o remount,ro /var/lib');
    assert.equal((await leases().brake(pulled)).state, 'braked');
    assert.equal((await leases().arm(cut('x'))).state, 'braked');
    assert.equal((await leases().brake('off')).state, 'released');
  });

  it('waits for an inject that is under way, so that what is healed next is all there is', async () => {
    machine().program(
      'nft',
      'case "$*" in *add*) : >/run/adding; until [ -e /run/go ]; do sleep 0.05; done ;; esac; exec /usr/sbin/nft "$@"',
    );
    const arming = leases().arm(cut('slow'));
    while ((await machine().exec(['ls', '/run/adding'])).exitCode !== 0) await pause(20);
    let isOn = false;
    const braking = leases()
      .brake(pulled)
      .then(() => (isOn = true));
    while ((await machine().exec(['ls', '/var/lib/0k-chaos/brake'])).exitCode !== 0) await pause(20);
    assert.equal(isOn, false);
    await inShell('touch /run/go');
    await Promise.all([arming, braking]);
    assert.deepEqual(
      (await leases().heal('all', 'hand')).map(({ lease, state }) => [lease?.id, state]),
      [['slow', 'healed']],
    );
    assert.equal(await machine().output('nft', 'list', 'ruleset'), '');
  });
});
