import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Ground } from '../../src/contract/steps.ts';
import { prepare } from '../../src/activities/prepare.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { container, fakeDeps, PEER, type FakeMachine } from './ground/fake-fleet.ts';
import { health, relayLog, silentRelayLog } from '../zerok/samples.ts';

const TOOLS = 'tc ip nft nsenter unshare flock setsid timeout ping';
const facts = (without = ''): string =>
  ['=== facts', 'uid 0', 'kernel 6.1', ...TOOLS.split(' ').map((tool) => `tool ${tool} /bin/${tool}`)]
    .filter((line) => without === '' || !line.startsWith(`tool ${without} `))
    .concat('=== end')
    .join('\n');

const RAISED = `{"key":"${keyOf('relay-1')}","state":"raised","lease":null,"fence":7}\n{"done":true}\n`;

describe('the preflight of a run', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-prepare-'));
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((_, response) => void response.end(health));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  });
  after(() => {
    server.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  /** A machine that answers lease.sh and machine.sh as they do, and counts the round trips. */
  const machine = (
    over: FakeMachine & { without?: string; more?: string; cli?: string; fence?: string } = {},
    trips: string[] = [],
  ): FakeMachine => ({
    ...over,
    says: (argv, { stdin = '' }: ExecOptions) => {
      const command = /^command=(\w+)/m.exec(String(stdin))?.[1] ?? argv.at(-1) ?? '';
      trips.push(command);
      if (command === 'fence') return over.fence ?? RAISED;
      if (command === 'list') return '{"done":true}\n';
      if (command === 'check' || command === 'snapshot')
        return facts(over.without).replace('=== end', `${over.more ?? ''}\n=== end`);
      return argv.at(-1) === '--version' ? (over.cli ?? 'sync-cli 0.1.0\n') : undefined;
    },
  });
  const beast = (over = {}, log = relayLog(PEER)): FakeMachine =>
    machine({ containers: [container('relay-1', over)], log: () => log });

  let runs = 0;
  const run = () => ({ scenario: 'mr', workflowId: 'mr', runId: String((runs += 1)) });
  async function prepared(machines: Record<string, FakeMachine>, at = url, ref = run(), more = {}): Promise<Ground> {
    const deps = { ...fakeDeps(machines, { health: at }), stateDir };
    const ask = {
      run: ref,
      targets: ['relay-1', 'guardian'],
      clients: ['guardian'],
      fence: { token: 0, resources: [] },
      ...more,
    };
    const done: { ground?: Ground } = {};
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    await environment.run(async () => void (done.ground = await prepare(deps)(ask)));
    return done.ground as Ground;
  }

  it('is content with machines, relays and clients that are as a run needs them, in two round trips a machine', async () => {
    const trips: string[] = [];
    const ground = await prepared({ beast: beast(), guardian: machine({}, trips) });
    assert.deepEqual(
      ground.checks.map(({ what }) => what.slice(0, 34)),
      [
        'beast: Linux 6.1, no systemd',
        'guardian: Linux 6.1, no systemd',
        'guardian: sync-cli 0.1.0 on guardi',
        'relay-1: container dist-chaos-rela',
        `relay-1 healthy at ${url}`.slice(0, 34),
      ],
    );
    // The ledger, the facts, the client's version; and the baseline, once all is well.
    assert.deepEqual(trips.toSorted(), ['--version', 'check', 'list', 'snapshot']);
  });

  const bad: [string, () => Record<string, FakeMachine>, RegExp, string?][] = [
    [
      'a relay that does not run',
      () => ({ beast: beast({ status: 'exited' }), guardian: machine() }),
      /`distributed_connect_to_relays`: relay-1: container dist-chaos-relay-1-1 is exited.*relays start relay-1/,
    ],
    [
      'a relay that nobody answers for',
      () => ({ beast: beast(), guardian: machine() }),
      /`distributed_relay_health_checks`: relay-1: nothing answers at http:\S+ \(bad port\)/,
      'http://127.0.0.1:1/health',
    ],
    [
      'a client of another version',
      () => ({ beast: beast(), guardian: machine({ cli: 'sync-cli 0.3.0\n' }) }),
      /`distributed_guardian_cli_version`: guardian: sync-cli is 0\.3\.0.*guardian install guardian/,
    ],
    [
      'a machine without the tools to break and heal',
      () => ({ beast: beast(), guardian: machine({ without: 'tc' }) }),
      /`ssh_exec_guardian_whoami`: guardian: no `tc`; install iproute2/,
    ],
  ];
  bad.push([
    'a machine that keeps the brake of somebody else on',
    () => ({ beast: beast(), guardian: machine({ more: 'brake {"reason":"smoke","who":"ann@q","since":"x"}' }) }),
    /`ssh_exec_guardian_whoami`: guardian: the brake is on: smoke \(pulled by ann@q at x\); `0k-chaos brake --release`/,
  ]);
  for (const [what, shown] of [
    ['a cut', 'tables\n:ZK-773232abe934-in - [0:0]'],
    ['a netem', 'qdiscs\nqdisc netem 1abc: dev eth1 parent c4a0:4'],
  ])
    bad.push([
      `a machine on which ${what} stands that is in no ledger`,
      () => ({ beast: beast(), guardian: machine({ more: `=== ${shown}` }) }),
      /`ssh_exec_guardian_whoami`: guardian: left without a lease: \S.*; look at it there/,
    ]);
  for (const [what, machines, message, health] of bad) {
    it(`refuses ${what}, naming the check and the way out, and takes no baseline`, async () => {
      const ref = run();
      await assert.rejects(prepared(machines(), health, ref), (error: Error & { type?: string }) => {
        assert.match(error.message, message);
        return error.type === 'GroundFailed';
      });
      assert.throws(() => readFileSync(join(stateDir, 'runs', ref.scenario, ref.runId, 'baseline', 'guardian.json')));
    });
  }

  it('lets a machine pass on which nothing but files for boot are left, and one whose fault was healed just then', async () => {
    await prepared({ beast: beast(), guardian: machine({ more: '=== boot\n/var/lib/0k-chaos/boot.sh' }) });
    let looks = 0;
    const guardian = machine();
    const says: FakeMachine['says'] = (argv, options) => {
      const said = guardian.says?.(argv, options);
      if (typeof said !== 'string' || !/^command=check/m.test(String(options.stdin)) || (looks += 1) > 1) return said;
      return said.replace('=== end', '=== tables\ntable inet zk_773232abe934\n=== end');
    };
    await prepared({ beast: beast(), guardian: { says } });
    assert.equal(looks, 2);
  });

  it('keeps those out who held the same before, and only then sweeps what they left', async () => {
    const trips: string[] = [];
    const fence = { token: 7, resources: ['relay-1'] };
    const ground = await prepared({ beast: beast(), guardian: machine({}, trips) }, url, run(), { fence });
    assert.deepEqual(trips.slice(0, 3).toSorted(), ['--version', 'fence', 'list'].toSorted());
    assert.ok(trips.indexOf('fence') < trips.indexOf('list'));
    assert.equal(ground.token, undefined, 'its own still holds');
  });

  it('refuses a machine that cannot keep them out', async () => {
    const full = '{"key":"a","state":"unraised","lease":null,"evidence":"disk full"}\n{"done":true}\n';
    const fence = { token: 7, resources: ['relay-1'] };
    const machines = { beast: beast(), guardian: machine({ fence: full }) };
    await assert.rejects(prepared(machines, url, run(), { fence }), /guardian: nobody could be kept .*: disk full/);
  });

  it('tells every problem at once', async () => {
    const machines = { beast: beast({ status: 'exited' }), guardian: machine({ cli: '' }) };
    await assert.rejects(prepared(machines), /guardian_cli_version[^]*connect_to_relays/);
  });

  it('lets a relay pass whose log filter matches nothing: what its log proves is judged at the end', async () => {
    await prepared({ beast: beast({}, silentRelayLog(PEER)), guardian: machine() });
  });
});
