import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../lab/command.ts';
import { sshTarget } from '../../lab/fleet-file.ts';
import { labDown, labStatus, labUp, powerCut, powerOn, setSecondPath, type LabInfo } from '../../lab/lab.ts';
import { processesIn } from '../../lab/process.ts';
import type { MachineName } from '../../lab/qemu-words.ts';
import { asRoot, mustAsRoot } from '../../lab/ssh.ts';
import { whenInterrupted } from '../interrupted.ts';

const name = `test-lab-${process.pid}`;
const PASSPHRASE = 'a throw-away of this test';

describe('a lab', function () {
  this.timeout(300_000);
  let lab: LabInfo;
  let group: string;
  before(async () => {
    whenInterrupted(() => labDown({ name }));
    lab = await labUp({ name, progress: (line) => process.stderr.write(`  ${line}\n`) });
    group = await relayId(1);
  });
  after(async () => {
    await labDown({ name });
    rmSync(lab.dir, { recursive: true, force: true });
  });

  const on = (machine: MachineName, script: string): Promise<string> => mustAsRoot(sshTarget(lab, machine), script);
  const relayId = async (number: number): Promise<string> => {
    const log = await on('beast', `docker logs dist-chaos-relay-${number}-1`);
    return (
      log
        .split('\n')
        .findLast((line) => line.startsWith('Endpoint ID: '))
        ?.slice('Endpoint ID: '.length) ?? ''
    );
  };
  const roundTrip = async (): Promise<number> => {
    const summary = await on('guardian', 'ping -q -c 4 -i 0.2 10.77.0.10');
    return Number(/= [\d.]+\/([\d.]+)\//.exec(summary)?.[1]);
  };
  const pullOnGuardian = (): Promise<string> => {
    const client = '/tmp/sync-cli-arm --data-dir /tmp/lab-test';
    const join = `[ -d /tmp/lab-test ] || { ${client} init --name g; ${client} pair --join ${group} --passphrase '${PASSPHRASE}'; } >/dev/null`;
    return on('guardian', `${join}; ${client} pull --after-cursor 0 2>&1 || true`);
  };

  it('has three healthy relays, and is found up by whoever asks again', async () => {
    assert.deepEqual(
      lab.relays.map(({ healthy }) => healthy),
      [true, true, true],
    );
    const again = await labUp({ name });
    assert.deepEqual(
      again.machines.map(({ pid }) => pid),
      lab.machines.map(({ pid }) => pid),
    );
  });

  it('takes less than 1.5 GB', async () => {
    const status = await labStatus({ name });
    const bytes = status?.machines.reduce((sum, { residentBytes }) => sum + residentBytes, 0) ?? 0;
    assert.ok(bytes > 1e8 && bytes < 1.5e9, `${bytes} bytes`);
  });

  it('has machines with the time of day, and all that a fault needs', async () => {
    for (const machine of ['beast', 'guardian'] as const) {
      const before = Date.now() / 1000;
      const there = Number(await on(machine, 'date +%s.%N'));
      assert.ok(there > before - 0.5 && there < Date.now() / 1000 + 0.5, `${machine} is off: ${there} at ${before}`);
      const tools = 'tc nft iptables conntrack flock nsenter systemd-run ping';
      assert.equal(await on(machine, `for tool in ${tools}; do command -v $tool >/dev/null || echo $tool; done`), '');
    }
  });

  it('delays packets between its machines when told to, and not afterwards', async () => {
    await on('guardian', 'tc qdisc add dev eth1 root netem delay 200ms');
    const delayed = await roundTrip();
    await on('guardian', 'tc qdisc del dev eth1 root');
    assert.ok(delayed > 195, `${delayed} ms`);
    assert.ok((await roundTrip()) < delayed / 2);
  });

  it('carries a message from this machine to guardian; a cut of the cable stops it, unless the second path is on', async () => {
    const data = mkdtempSync(join(lab.dir, 'q-'));
    const q = (...words: string[]): Promise<string> => must([join(lab.dir, 'sync-cli'), '--data-dir', data, ...words]);
    await q('init', '--name', 'q');
    await q('pair', '--join', group, '--passphrase', PASSPHRASE);
    await q('push', 'over the cable');
    assert.match(await pullOnGuardian(), /over the cable/);

    await on('guardian', 'iptables -w -t raw -I PREROUTING -s 10.77.0.10 -j DROP');
    assert.match(await pullOnGuardian(), /Failed to connect to relay/);
    await setSecondPath(true, { name });
    assert.match(await pullOnGuardian(), /over the cable/);
    await setSecondPath(false, { name });
    await on('guardian', 'iptables -w -t raw -D PREROUTING -s 10.77.0.10 -j DROP');
  });

  it('loses a machine whose plug is pulled, and has it back as it was', async () => {
    await on('guardian', 'touch /tmp/made-meanwhile');
    await powerCut('guardian', { name });
    const { exitCode } = await asRoot(sshTarget(lab, 'guardian'), 'true', { timeoutMs: 3000 });
    assert.notEqual(exitCode, 0);
    assert.equal((await labStatus({ name }))?.up, false);

    await powerOn('guardian', { name });
    assert.equal(await on('guardian', 'ls /tmp/made-meanwhile 2>/dev/null || true'), '');
    assert.ok((await roundTrip()) > 0);
    assert.equal((await labStatus({ name }))?.up, true);
  });

  it('leaves no process when it is down', async () => {
    assert.ok(processesIn(lab.dir).length >= 3);
    assert.equal(await labDown({ name }), true);
    assert.deepEqual(processesIn(lab.dir), []);
    assert.equal(await labDown({ name }), false);
  });
});
