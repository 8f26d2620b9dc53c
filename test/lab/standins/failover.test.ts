import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RelayProcess, SmallLab } from './small-lab.ts';
import { rows, until } from './watching.ts';

/** Constants of the product, ms, at TIME_DIVISOR 25. Where nobody is dead the tests give more time, as machines are busy. */
const QUICK = { TIME_DIVISOR: '25' };
const DEAD_RELAY = 1200;
const FAN_OUT = 400;
/** Where nobody answers at all. */
const QUICKEST = { TIME_DIVISOR: '60' };
const ALL_DEAD = 500;

describe('the stand-ins with three relays', () => {
  const lab = new SmallLab();
  let relays: RelayProcess[] = [];
  before(async () => {
    await lab.start();
  });
  beforeEach(async () => {
    lab.configure({ TIME_DIVISOR: '10' });
    relays = await Promise.all([0, 1, 2].map((i) => aliveOr(relays[i], () => lab.relay(`relay-${i + 1}`))));
  });
  after(() => lab.stop());

  const at = (i: number): RelayProcess => relays[i] as RelayProcess;
  const stop = (i: number): boolean => at(i).process.kill('SIGSTOP');
  const held = (who: string, ...which: number[]): Promise<string[][]> =>
    Promise.all(which.map((i) => lab.held(at(i), who)));

  it('fan out: each relay holds the message once', async () => {
    await lab.client('ann', relays, 'ann');
    const { stdout, ms } = await lab.cli('ann', 'push', 'for all');
    assert.match(stdout, /\n {2}Cursor: {2}1\n {2}Fan-out: pushing to 2 secondary relay\(s\)\.\.\.\n$/);
    assert.ok(ms < DEAD_RELAY, `took ${ms} ms`);
    assert.deepEqual(await held('ann', 0, 1, 2), [['for all'], ['for all'], ['for all']]);
    assert.deepEqual(lab.group('ann').cursors, { [at(0).id]: 1 });
  });

  it('fail over after the time of one dead relay, and store once everywhere', async () => {
    await lab.client('ben', relays, 'ben');
    lab.configure(QUICK);
    await at(0).end('SIGKILL');
    const { stdout, ms } = await lab.cli('ben', 'push', 'second');
    assert.match(
      stdout,
      new RegExp(`Connecting to peer: ${at(0).id}\n[^]*Push successful!`),
      'the primary is named even so',
    );
    assert.ok(ms > DEAD_RELAY && ms < DEAD_RELAY + FAN_OUT + 1500, `took ${ms} ms`);
    assert.deepEqual(await held('ben', 1, 2), [['second'], ['second']]);
    assert.deepEqual(Object.keys(lab.group('ben').cursors), [at(1).id]);
  });

  it('fail with every reason when all are dead', async () => {
    await lab.client('cat', relays, 'cat');
    lab.configure(QUICKEST);
    await Promise.all(relays.map((relay) => relay.end('SIGKILL')));
    const { code, stderr, ms } = await lab.cli('cat', 'pull');
    const reasons = relays.map(({ id }) => `${id}: connection failed: connection timeout`).join('; ');
    assert.equal(stderr, `Error: Failed to connect to relay\n\nCaused by:\n    all relays failed: ${reasons}\n`);
    assert.equal(code, 1);
    assert.ok(ms > 3 * ALL_DEAD && ms < 3 * ALL_DEAD + 2000, `took ${ms} ms`);
  });

  it('wait for dead secondaries only as long as a fan-out may take', async () => {
    await lab.client('dot', relays, 'dot');
    lab.configure(QUICK);
    await Promise.all([at(1).end('SIGKILL'), at(2).end('SIGKILL')]);
    const { stdout, ms } = await lab.cli('dot', 'push', 'x');
    assert.match(stdout, /Push successful!/);
    assert.ok(ms > FAN_OUT && ms < FAN_OUT + 1000, `took ${ms} ms`);
  });

  it('notice a relay killed in the middle of a push after the idle timeout, and a stopped one at once', async () => {
    for (const [signal, least, most] of [
      ['SIGKILL', DEAD_RELAY, 2 * DEAD_RELAY + 1500],
      ['SIGINT', 0, DEAD_RELAY],
    ] as const) {
      lab.configure({ ...QUICK, BUGS: 'relay-1:database-locked' });
      const who = `eli-${signal}`;
      await lab.client(who, relays, who);
      const logged = at(0).log().length;
      const pushing = lab.cli(who, 'push', 'held up');
      await until(
        () => /Session established/.test(at(0).log().slice(logged)),
        () => 'no session',
      );
      const startedAt = performance.now();
      await at(0).end(signal);
      assert.match((await pushing).stdout, /Push successful!/);
      const took = performance.now() - startedAt;
      assert.ok(took > least - 300 && took < most, `${signal}: took ${took} ms`);
      relays[0] = await lab.relay('relay-1');
    }
  });

  it('succeed when a frozen relay thaws in time, and fail over when it does not', async () => {
    await lab.client('fox', [at(0), at(1)], 'fox');
    lab.configure(QUICK);
    stop(0);
    setTimeout(() => at(0).process.kill('SIGCONT'), DEAD_RELAY / 2);
    const thawed = await lab.cli('fox', 'push', 'late');
    assert.ok(thawed.ms < DEAD_RELAY + 400, `took ${thawed.ms} ms`);
    assert.deepEqual(Object.keys(lab.group('fox').cursors), [at(0).id]);
    stop(0);
    const frozen = await lab.cli('fox', 'push', 'elsewhere');
    at(0).process.kill('SIGCONT');
    assert.ok(frozen.ms > DEAD_RELAY, `took ${frozen.ms} ms`);
    assert.deepEqual(rows((await lab.cli('fox', 'pull', '--after-cursor', '0')).stdout), ['late']);
    assert.deepEqual(await held('fox', 1), [['late', 'elsewhere']]);
  });

  it('count cursors a relay: a pull that fails over asks with the other relay’s own', async () => {
    await lab.client('gil', relays, 'gil');
    await lab.client('hana', relays, 'gil');
    for (const text of ['1', '2']) await lab.cli('gil', 'push', text);
    assert.deepEqual(rows((await lab.cli('hana', 'pull')).stdout), ['1', '2']);
    lab.configure(QUICK);
    await at(0).end('SIGKILL');
    assert.deepEqual(rows((await lab.cli('hana', 'pull')).stdout), ['1', '2'], 'cursor 0 at a relay never asked');
    assert.match((await lab.cli('hana', 'pull')).stdout, /No new data\./);
    assert.deepEqual(lab.group('hana').cursors, { [at(0).id]: 2, [at(1).id]: 2 });
  });

  it('do not skip, after an own push, what others pushed before', async () => {
    await lab.client('ida', [at(0)], 'ida');
    await lab.client('jo', [at(0)], 'ida');
    await lab.cli('ida', 'push', 'from ida');
    await lab.cli('jo', 'push', 'from jo');
    assert.deepEqual(rows((await lab.cli('jo', 'pull')).stdout), ['from ida', 'from jo']);
  });

  it('spend the whole time on the id that a restarted relay had', async () => {
    await lab.client('kai', [at(0)], 'kai');
    lab.configure(QUICKEST);
    await at(0).end('SIGINT');
    const old = at(0).id;
    relays[0] = await lab.relay('relay-1');
    await sleep(100);
    const { code, stderr, ms } = await lab.cli('kai', 'pull');
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`all relays failed: ${old}: connection failed: connection timeout\n$`));
    assert.ok(ms > ALL_DEAD, `took ${ms} ms`);
  });

  it('give up in time when discovery cannot be reached', async () => {
    await lab.client('lou', [at(0)], 'lou');
    lab.configure({ ...QUICKEST, DISCOVERY: '127.0.0.1:9' });
    const { code, stderr, ms } = await lab.cli('lou', 'pull');
    assert.equal(code, 1);
    assert.match(stderr, /connection failed: connection timeout\n$/);
    assert.ok(ms > ALL_DEAD && ms < ALL_DEAD + 1500, `took ${ms} ms`);
  });
});

/** Starting a relay is the costly part of a test: those that live are used again. */
async function aliveOr(relay: RelayProcess | undefined, start: () => Promise<RelayProcess>): Promise<RelayProcess> {
  const isAlive = relay !== undefined && relay.process.exitCode === null && relay.process.signalCode === null;
  return isAlive ? relay : start();
}
