import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import type { RunResult } from '../../../src/contract/run.ts';
import { QUERY_PROGRESS } from '../../../src/contract/names.ts';

const MR_01 = 'mr_01_relay_crash_failover';
const EDGE_01 = 'edge_01_guardian_high_latency';
const EDGE_03 = 'edge_03_guardian_partition_recovery';

describe('as a person uses it, on the lab', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  const chaos = (...words: string[]) => here.chaos(words);

  it('`run --json` prints one document, with every field, and exits 0 for passed', async () => {
    const { exitCode, stdout } = await chaos('run', MR_01, '--set', 'messages=2', '--json');
    assert.equal(exitCode, 0, stdout);
    const result = JSON.parse(stdout) as RunResult;
    assert.equal(result.verdict, 'passed');
    const [fault] = result.faults;
    assert.deepEqual(
      [fault?.kind, fault?.target, fault?.healedBy, fault?.bite?.bit],
      ['container', 'relay-1', 'frame', true],
    );
    assert.deepEqual(result.residue, []);
  });

  it('`doctor` finds nothing wrong with a lab whose worker polls, but what its kernel lacks', async () => {
    const { stdout, stderr } = await chaos('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { state: string; what: string }[] };
    assert.ok(checks.length > 20, stderr);
    const wrong = checks.filter(
      ({ state, what }) => state !== 'ok' && !/its kernel has no (netem|prio|flower)/.test(what),
    );
    assert.deepEqual(wrong, []);
  });

  it('`plan` prints the words of every fault, and touches nothing', async () => {
    const { exitCode, stdout } = await chaos('plan', 'conv_01_convergence_after_multi_failure');
    assert.equal(exitCode, / has no netem/.test(stdout) ? 3 : 0);
    assert.match(stdout, /nft/);
    assert.match(stdout, /container_back|docker start/);
    const slow = await chaos('plan', 'edge_01_guardian_high_latency');
    assert.match(
      slow.stdout,
      /trial .*[^]*loss 100%[^]*real pulls from guardian of relay-1[^]*inject .*[^]*delay 500ms/,
    );
    assert.deepEqual(await here.residue(), []);
  });

  it('the plain `temporal` CLI starts a scenario with no input, with the same result', async () => {
    const workflowId = `plain-${process.pid}`;
    const words = ['--task-queue', 'Q', '--type', 'mr_01_relay_crash_failover', '--workflow-id', workflowId];
    const { exitCode, stdout, stderr } = await here.temporal('workflow', 'execute', ...words);
    assert.equal(exitCode, 0, stdout + stderr);
    assert.match(stdout, /passed/);
  });

  it('an unknown type and a malformed input end failed at once, with a message that helps', async () => {
    const unknown = await here.temporal('workflow', 'execute', '--task-queue', 'Q', '--type', 'mr_01_relay_crash');
    assert.notEqual(unknown.exitCode, 0);
    assert.match(unknown.stdout + unknown.stderr, /No scenario .*Known scenarios: mr_01_relay_crash_failover/);
    const wrong = ['--type', EDGE_01, '--input', '{"delayMs":"fast","hurry":true}'];
    const malformed = await here.temporal('workflow', 'execute', '--task-queue', 'Q', ...wrong);
    assert.notEqual(malformed.exitCode, 0);
    assert.match(malformed.stdout + malformed.stderr, /delayMs/);
    assert.match(malformed.stdout + malformed.stderr, /hurry/);
  });

  it('two runs that want the same target: the second waits, says for whom, and then has its turn', async () => {
    const first = await here.start(EDGE_03, { messages: 1 });
    await here.untilStanding(first, 1);
    const second = await here.start(MR_01);
    let lines: { text: string }[] = [];
    while (!lines.some(({ text }) => text.startsWith('waits for'))) {
      lines = await second.query<{ text: string }[]>(QUERY_PROGRESS).catch(() => []);
      assert.equal((await first.describe()).status.name, 'RUNNING', 'the first one was still there');
      await sleep(100);
    }
    assert.ok(lines.some(({ text }) => text.includes(first.workflowId)));
    const [one, two] = await Promise.all([here.ended(first), here.ended(second)]);
    assert.deepEqual(
      [one.result?.verdict, two.result?.verdict],
      ['passed', 'passed'],
      `${one.message}; ${two.message}`,
    );
  });

  it('rules of somebody else are bit for bit the same after a cut', async () => {
    await here.root('guardian', 'iptables', '-I', 'INPUT', '-s', '192.0.2.7', '-j', 'DROP');
    await here.root('guardian', 'nft', 'add table inet theirs; add set inet theirs s { type ipv4_addr; }');
    const rules = () =>
      here.root('guardian', 'sh', '-c', 'iptables-save | grep -v "^[#:]"; nft list table inet theirs');
    try {
      const before = await rules();
      const { result, message } = await here.run(EDGE_03, { messages: 1 });
      assert.equal(result?.verdict, 'passed', message);
      assert.equal(await rules(), before);
    } finally {
      await here.root('guardian', 'sh', '-c', 'iptables -D INPUT -s 192.0.2.7 -j DROP; nft delete table inet theirs');
    }
  });

  it('a relay that somebody stopped makes the run inconclusive before anything is broken', async () => {
    await here.root('beast', 'docker', 'stop', '-t', '2', 'dist-chaos-relay-2-1');
    try {
      const { kind, message, result } = await here.run('mr_01_relay_crash_failover');
      assert.equal(kind, 'Inconclusive');
      assert.match(message, /relay-2/);
      assert.deepEqual(result?.faults, []);
    } finally {
      await here.root('beast', 'docker', 'start', 'dist-chaos-relay-2-1');
    }
  });

  it('`inject` breaks one thing for a while, `faults` shows it, and `heal by-hand` ends it', async () => {
    const words = ['cut', 'guardian', '--from', 'beast', '--for', '2m'];
    const { exitCode, stdout, stderr } = await chaos('inject', ...words, '--json');
    assert.equal(exitCode, 0, stdout + stderr);
    const done = JSON.parse(stdout) as { id: string; machine: string; until: string; bite: { bit: boolean } };
    assert.deepEqual([done.machine, done.bite.bit], ['guardian', true]);
    assert.ok(Date.parse(done.until) > Date.now());
    assert.match((await chaos('faults')).stdout, /cut guardian from beast\n.*; put in place by hand\n/);
    assert.equal((await chaos('heal', 'by-hand')).exitCode, 0);
    assert.deepEqual(await here.residue(), []);
  });

  it('`inject` leaves a lease behind it that ends the fault when nobody comes back', async () => {
    const { exitCode, stdout, stderr } = await chaos('inject', 'pause', 'relay-2', '--for', '10s');
    assert.equal(exitCode, 0, stdout + stderr);
    await here.untilClean(30);
  });

  it('`heal --all` heals with no worker and no Temporal, and exits 0', async () => {
    const handle = await here.start('conv_01_convergence_after_multi_failure', { messages: 3 });
    await here.untilStanding(handle, 2);
    await here.endWorker('SIGKILL');
    await here.withoutTemporal(async () => {
      const faults = await chaos('faults', '--json');
      assert.match(faults.stdout, /relay-1/);
      const { exitCode, stdout, stderr } = await chaos('heal', '--all');
      assert.equal(exitCode, 0, stdout + stderr);
      assert.deepEqual(await here.residue(), []);
    });
    await here.startWorker();
    assert.equal((await here.ended(here.client.workflow.getHandle(handle.workflowId))).kind, 'Inconclusive');
  });
});
