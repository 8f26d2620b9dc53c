import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { powerCut, powerOn } from '../../lab/lab.ts';
import { measureNetem } from '../../src/activities/bite/netem.ts';
import { QUERY_PROGRESS } from '../../src/contract/names.ts';
import { leasesOn, type HealReply } from '../../src/hosts/lease.ts';
import { onTheLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';

const YEAR = 365 * 86_400;
const EDGE_01 = 'edge_01_guardian_high_latency';
const EDGE_03 = 'edge_03_guardian_partition_recovery';

describe('what only machines with a kernel and a clock of their own can show', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  it('a qdisc of somebody else is left as it is, and the run names it', async () => {
    await here.root('guardian', 'tc', 'qdisc', 'add', 'dev', 'eth1', 'root', 'handle', '77:', 'htb');
    try {
      // tc counts what went past the classes.
      const shown = async () =>
        (await here.root('guardian', 'tc', 'qdisc', 'show', 'dev', 'eth1')).replace(/direct_packets_stat \d+/, '');
      const before = await shown();
      const { kind, message, result } = await here.run(EDGE_01);
      assert.equal(kind, 'Inconclusive');
      assert.match(message, /htb 77:/);
      assert.equal(await shown(), before);
      assert.deepEqual(result?.residue, []);
    } finally {
      await here.root('guardian', 'tc', 'qdisc', 'del', 'dev', 'eth1', 'root', 'handle', '77:');
    }
  });

  it('the power of Guardian cut during a fault: nothing is left when it is back, and the run is not passed', async () => {
    const handle = await here.start(EDGE_03, { messages: 3 });
    await here.untilStanding(handle, 1);
    await powerCut('guardian', { name: here.lab.name });
    await powerOn('guardian', { name: here.lab.name });
    const { kind, message } = await here.ended(handle);
    assert.equal(kind, 'Inconclusive', message);
  });

  it('netem on an interface that no packet to the peer takes: it does not bite', async () => {
    const { fleet, stateDir } = here.config;
    const deps = { fleet, hosts: here.hosts, temporal: here.client, stateDir };
    const run = { scenario: 'wrong-interface', workflowId: `wrong-${process.pid}`, runId: `${process.pid}` };
    const gauge = measureNetem(deps, run, { kind: 'netem', target: 'guardian', toward: 'beast', delayMs: 200 });
    await here.root(
      'guardian',
      'tc',
      'qdisc',
      'add',
      'dev',
      'eth0',
      'root',
      'handle',
      '78:',
      'netem',
      'delay',
      '200ms',
    );
    try {
      let bite: Awaited<ReturnType<typeof gauge.during>> | undefined;
      await new MockActivityEnvironment().run(async () => void (bite = await gauge.during(await gauge.before())));
      assert.equal(bite?.bit, false, bite?.how);
    } finally {
      await here.root('guardian', 'tc', 'qdisc', 'del', 'dev', 'eth0', 'root', 'handle', '78:');
    }
  });

  it('a clock that jumps by a year during a run: the run is not passed', async () => {
    const jump = (seconds: number) => here.root('beast', 'sh', '-c', `date -s "@$(($(date +%s) + ${seconds}))"`);
    const handle = await here.start('cm_01_q_push_guardian_pull', { messages: 3, payload: 'lines' });
    const said = () => handle.query<{ text: string }[]>(QUERY_PROGRESS).catch(() => []);
    while (!(await said()).some(({ text }) => text.includes('pushed m-3'))) await sleep(100);
    await jump(YEAR);
    try {
      const { kind, message } = await here.ended(handle);
      assert.equal(kind, 'Inconclusive', message);
      assert.match(message, /clock of the machine of relay-1 jumped by 3153\d{4} s/);
    } finally {
      await jump(-YEAR);
    }
  });

  it('Beast reset without a warning while a relay is down: that comes back with it, and nobody has to ask for it', async () => {
    const injected = await here.chaos(['inject', 'kill', 'relay-1', '--for', '30m', '--json']);
    assert.equal(injected.exitCode, 0, injected.stderr);
    const { id } = JSON.parse(injected.stdout) as { id: string };
    await here.endWorker('SIGKILL');
    const bootId = () => here.root('beast', 'cat', '/proc/sys/kernel/random/boot_id');
    const relays = (...words: string[]) => here.root('beast', 'docker', ...words);
    const before = await bootId();
    // `powerCut` would put back the disk as well. Without a journal, as in the lab, it is only whole when it was synced.
    await here.root('beast', 'sh', '-c', 'sync; echo b >/proc/sysrq-trigger').catch(() => undefined);
    const isBack = async () => (await bootId()) !== before && (await relays('ps', '-q', '-f', 'name=relay-1')) !== '';
    try {
      while (!(await isBack().catch(() => false))) await sleep(1_000);
      // A machine that comes up may still drop a connection.
      let healed: HealReply | undefined;
      for (; healed === undefined; await sleep(200))
        [healed] = await leasesOn(here.hosts.get('beast'))
          .heal({ ids: [id] }, 'hand')
          .catch(() => []);
      assert.ok(healed.state === 'healed' && healed.by === 'lease', JSON.stringify(healed));
    } finally {
      // What was up had no reason to come back by itself: Compose was not told to see to it.
      const up = async (): Promise<number> => (await relays('ps', '-q')).split('\n').length - 1;
      for (const { length } = (await relays('ps', '-aq')).trim().split('\n'); (await up()) < length; await sleep(1_000))
        await here.root('beast', 'sh', '-c', 'docker start $(docker ps -aq -f status=exited)');
    }
    assert.match(
      await here.root('beast', 'cat', '/run/lab/env'),
      /^DISCOVERY=/m,
      'its stand-ins do not find each other',
    );
  });
});
