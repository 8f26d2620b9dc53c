import { strict as assert } from 'node:assert';
import type { LabInfo } from '../../../lab/lab.ts';
import type { RunResult } from '../../../src/contract/run.ts';
import { findEngine, netemAtAGlance, type Engine } from '../../../lab/container-engine.ts';
import { must } from '../../../lab/command.ts';
import { theLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import type { Hands } from './planted.ts';
import { RESIDUE } from '../residue.ts';

describe('a lab of containers', function () {
  this.timeout(300_000);
  let here: TestLab;
  let hands: Hands;

  before(async function () {
    this.timeout(900_000);
    here = await theLab();
    hands = here.hands();
    if (here.lab.kind !== 'containers') this.skip();
  });

  const docker = (...words: string[]): Promise<string> => must(['docker', ...words]);
  const verdictOf = async (scenario: string): Promise<RunResult> => {
    const { stdout, stderr } = await hands.cli('run', scenario, '--fleet', here.lab.fleetFile, '--json');
    assert.ok(stdout.startsWith('{'), stderr);
    return JSON.parse(stdout) as RunResult;
  };
  const named = (machine: string): string => `0k-chaos-${hands.name}-${machine}`;
  const residueOn = async (machine: string): Promise<string> => {
    const leases = 'ls /run/0k-chaos/*.lease /var/lib/0k-chaos/*.lease 2>/dev/null; ';
    return docker('exec', named(machine), 'sh', '-c', `{ ${leases}${RESIDUE}; } 2>/dev/null`);
  };

  it('has three healthy relays, publishes on 127.0.0.1 only and is privileged nowhere', async () => {
    assert.equal(here.lab.kind, 'containers');
    assert.deepEqual(
      here.lab.relays.map(({ healthy }) => healthy),
      [true, true, true],
    );
    const format = '{{.HostConfig.Privileged}} {{.HostConfig.NetworkMode}} {{json .NetworkSettings.Ports}}';
    const seen = await docker('inspect', '--format', format, ...['beast', 'guardian', 'q'].map(named));
    assert.doesNotMatch(seen, /^true|host /m);
    const bound = [...seen.matchAll(/"HostIp":"([^"]*)"/g)].map(([, ip]) => ip);
    assert.deepEqual(new Set(bound), new Set(['127.0.0.1']));
    assert.equal(bound.length, 9);
  });

  it('passes a slow link where its kernel has netem, and else is inconclusive for want of `sch_netem` on guardian', async () => {
    const { verdict, because } = await verdictOf('edge_01_guardian_high_latency');
    const netem = await netemAtAGlance((await findEngine()) as Engine);
    assert.equal(verdict, netem ? 'passed' : 'inconclusive', because);
    if (!netem) assert.match(because, /kernel of guardian has no `sch_netem`/);
  });

  it('keeps nothing of these runs in its machines', async () => {
    assert.deepEqual(await Promise.all(['beast', 'guardian'].map(residueOn)), ['', '']);
  });

  it('loses a machine whose plug is pulled, and has it back as it was', async () => {
    await docker('exec', named('guardian'), 'touch', '/tmp/made-meanwhile');
    await hands.ok('lab', 'power', 'off', 'guardian', '--name', hands.name);
    assert.equal((JSON.parse(await hands.ok('lab', 'status', '--name', hands.name, '--json')) as LabInfo).up, false);
    await hands.ok('lab', 'power', 'on', 'guardian', '--name', hands.name);
    assert.equal((JSON.parse(await hands.ok('lab', 'status', '--name', hands.name, '--json')) as LabInfo).up, true);
    assert.doesNotMatch(
      await hands.ok('lab', 'ssh', 'guardian', '--name', hands.name, '--', 'ls', '/tmp'),
      /made-meanwhile/,
    );
  });
});
