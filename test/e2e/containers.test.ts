import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine, netemAtAGlance, netemInAContainer, type Engine } from '../../lab/container-engine.ts';
import { containers } from '../../lab/containers.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { readRecord } from '../../lab/record.ts';
import type { RunResult } from '../../src/contract/run.ts';
import { OwnEngine } from './own-engine.ts';
import { RESIDUE } from './residue.ts';

const name = `test-containers-${process.pid}`;
const why = OwnEngine.whyNot();
const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

describe('a lab of containers', function () {
  this.timeout(300_000);
  const engine = new OwnEngine();
  let lab: LabInfo;
  let worker: ChildProcess | undefined;
  let netem: boolean;

  before(async function () {
    if (why !== null) {
      say(`no containers here: ${why}`);
      return this.skip();
    }
    await engine.start();
    netem = await prepared(engine);
    lab = JSON.parse(await ok('lab', 'up', '--name', name, '--machines', 'containers', '--json')) as LabInfo;
    await ok('server', 'start', '--fleet', lab.fleetFile);
    worker = await startWorker(engine, lab.fleetFile);
  });

  after(async () => {
    if (why !== null) return;
    if (worker) {
      const gone = once(worker, 'exit');
      worker.kill('SIGKILL');
      await gone;
    }
    if (lab) await engine.cli('server', 'stop', '--fleet', lab.fleetFile);
    await engine.cli('lab', 'down', '--name', name);
    await engine.end();
    if (lab) rmSync(lab.dir, { recursive: true, force: true });
  });

  const ok = async (...words: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await engine.cli(...words);
    assert.equal(exitCode, 0, `0k-chaos ${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  const verdictOf = async (scenario: string): Promise<RunResult> => {
    const { stdout, stderr } = await engine.cli('run', scenario, '--fleet', lab.fleetFile, '--json');
    assert.ok(stdout.startsWith('{'), stderr);
    return JSON.parse(stdout) as RunResult;
  };
  const named = (machine: string): string => `0k-chaos-${name}-${machine}`;
  const residueOn = async (machine: string): Promise<string> => {
    const leases = 'ls /run/0k-chaos/*.lease /var/lib/0k-chaos/*.lease 2>/dev/null; ';
    return engine.docker('exec', named(machine), 'sh', '-c', `{ ${leases}${RESIDUE}; } 2>/dev/null`);
  };

  it('has three healthy relays, publishes on 127.0.0.1 only and is privileged nowhere', async () => {
    assert.equal(lab.kind, 'containers');
    assert.deepEqual(
      lab.relays.map(({ healthy }) => healthy),
      [true, true, true],
    );
    const format = '{{.HostConfig.Privileged}} {{.HostConfig.NetworkMode}} {{json .NetworkSettings.Ports}}';
    const seen = await engine.docker('inspect', '--format', format, ...['beast', 'guardian', 'q'].map(named));
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
    assert.equal(verdict, netem ? 'passed' : 'inconclusive', because);
    if (!netem) assert.match(because, /kernel of guardian has no `sch_netem`/);
  });

  it('keeps nothing of these runs in its machines', async () => {
    assert.deepEqual(await Promise.all(['beast', 'guardian'].map(residueOn)), ['', '']);
  });

  it('loses a machine whose plug is pulled, and has it back as it was', async () => {
    await engine.docker('exec', named('guardian'), 'touch', '/tmp/made-meanwhile');
    await ok('lab', 'power', 'off', 'guardian', '--name', name);
    assert.equal((JSON.parse(await ok('lab', 'status', '--name', name, '--json')) as LabInfo).up, false);
    await ok('lab', 'power', 'on', 'guardian', '--name', name);
    assert.equal((JSON.parse(await ok('lab', 'status', '--name', name, '--json')) as LabInfo).up, true);
    assert.doesNotMatch(await ok('lab', 'ssh', 'guardian', '--name', name, '--', 'ls', '/tmp'), /made-meanwhile/);
  });

  it('leaves nothing in the engine when it is down', async () => {
    const label = `label=0k-chaos.lab=${readRecord(name)?.dir}`;
    const owned = (): Promise<string[]> =>
      Promise.all([
        engine.docker('ps', '--all', '--quiet', '--filter', label),
        engine.docker('network', 'ls', '--quiet', '--filter', label),
        engine.docker('volume', 'ls', '--quiet'),
      ]);
    assert.ok((await owned()).every((ids) => ids !== ''));
    await ok('server', 'stop', '--fleet', lab.fleetFile);
    await ok('lab', 'down', '--name', name);
    assert.deepEqual(await owned(), ['', '', '']);
  });
});

/** Makes the image from here, as the engine has no way out. Answers whether its kernel has netem, as seen in both ways. */
async function prepared(own: OwnEngine): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), '0k-chaos-containers-'));
  const before = process.env['DOCKER_HOST'];
  process.env['DOCKER_HOST'] = `unix://${own.socket}`;
  try {
    const { engine, why: how } = await containers.prepare(dir, say);
    say(how);
    const found = (await findEngine()) as Engine;
    assert.equal(await netemInAContainer(found, engine?.image ?? ''), await netemAtAGlance(found));
    return engine?.netem === true;
  } finally {
    if (before === undefined) delete process.env['DOCKER_HOST'];
    else process.env['DOCKER_HOST'] = before;
    rmSync(dir, { recursive: true });
  }
}

async function startWorker(engine: OwnEngine, fleet: string): Promise<ChildProcess> {
  const [program = '', ...words] = engine.inside(process.execPath, '--import', 'tsx', 'src/worker.ts');
  const env = { ...process.env, ZEROK_CHAOS_FLEET: fleet };
  const worker = spawn(program, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  await new Promise<void>((done, fail) => {
    worker.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('worker: polls')) done();
    });
    worker.once('exit', (code) => fail(new Error(`the worker exited ${code}: ${said}`)));
  });
  return worker;
}
