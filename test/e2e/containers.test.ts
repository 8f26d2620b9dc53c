import { strict as assert } from 'node:assert';
import type { LabInfo } from '../../lab/lab.ts';
import type { RunResult } from '../../src/contract/run.ts';
import { theContainers, whyNoContainers } from './container-lab.ts';
import type { ContainerLab } from './container-lab.ts';
import { RESIDUE } from './residue.ts';

const why = whyNoContainers();

describe('a lab of containers', function () {
  this.timeout(300_000);
  let here: ContainerLab;

  before(async function () {
    if (why === null) here = await theContainers();
    else {
      process.stderr.write(`  no containers here: ${why}\n`);
      this.skip();
    }
  });

  const verdictOf = async (scenario: string): Promise<RunResult> => {
    const { stdout, stderr } = await here.cli('run', scenario, '--fleet', here.lab.fleetFile, '--json');
    assert.ok(stdout.startsWith('{'), stderr);
    return JSON.parse(stdout) as RunResult;
  };
  const named = (machine: string): string => `0k-chaos-${here.name}-${machine}`;
  const residueOn = async (machine: string): Promise<string> => {
    const leases = 'ls /run/0k-chaos/*.lease /var/lib/0k-chaos/*.lease 2>/dev/null; ';
    return here.engine.docker('exec', named(machine), 'sh', '-c', `{ ${leases}${RESIDUE}; } 2>/dev/null`);
  };

  it('has three healthy relays, publishes on 127.0.0.1 only and is privileged nowhere', async () => {
    assert.equal(here.lab.kind, 'containers');
    assert.deepEqual(
      here.lab.relays.map(({ healthy }) => healthy),
      [true, true, true],
    );
    const format = '{{.HostConfig.Privileged}} {{.HostConfig.NetworkMode}} {{json .NetworkSettings.Ports}}';
    const seen = await here.engine.docker('inspect', '--format', format, ...['beast', 'guardian', 'q'].map(named));
    assert.doesNotMatch(seen, /^true|host /m);
    const bound = [...seen.matchAll(/"HostIp":"([^"]*)"/g)].map(([, ip]) => ip);
    assert.deepEqual(new Set(bound), new Set(['127.0.0.1']));
    assert.equal(bound.length, 9);
  });

  it('passes a killed relay', async () => {
    const { verdict, because } = await verdictOf('mr_01_relay_crash_failover');
    assert.equal(verdict, 'passed', because);
  });

  it('passes a guardian that is cut off', async () => {
    const { verdict, because } = await verdictOf('edge_03_guardian_partition_recovery');
    assert.equal(verdict, 'passed', because);
  });

  it('passes a slow link where its kernel has netem, and else is inconclusive for want of `sch_netem` on guardian', async () => {
    const { verdict, because } = await verdictOf('edge_01_guardian_high_latency');
    assert.equal(verdict, here.netem ? 'passed' : 'inconclusive', because);
    if (!here.netem) assert.match(because, /kernel of guardian has no `sch_netem`/);
  });

  it('keeps nothing of these runs in its machines', async () => {
    assert.deepEqual(await Promise.all(['beast', 'guardian'].map(residueOn)), ['', '']);
  });

  it('loses a machine whose plug is pulled, and has it back as it was', async () => {
    await here.engine.docker('exec', named('guardian'), 'touch', '/tmp/made-meanwhile');
    await here.ok('lab', 'power', 'off', 'guardian', '--name', here.name);
    assert.equal((JSON.parse(await here.ok('lab', 'status', '--name', here.name, '--json')) as LabInfo).up, false);
    await here.ok('lab', 'power', 'on', 'guardian', '--name', here.name);
    assert.equal((JSON.parse(await here.ok('lab', 'status', '--name', here.name, '--json')) as LabInfo).up, true);
    assert.doesNotMatch(
      await here.ok('lab', 'ssh', 'guardian', '--name', here.name, '--', 'ls', '/tmp'),
      /made-meanwhile/,
    );
  });
});
