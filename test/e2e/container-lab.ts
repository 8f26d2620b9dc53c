import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strict as assert } from 'node:assert';
import type { CommandResult } from '../../lab/command.ts';
import { findEngine, netemAtAGlance, netemInAContainer, type Engine } from '../../lab/container-engine.ts';
import { containers } from '../../lab/containers.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { OwnEngine } from './own-engine.ts';

const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

/** A lab of containers on a Docker engine of the test's own, with a Temporal server and a worker. Spoken to by the CLI only. */
export class ContainerLab {
  readonly name = `test-containers-${process.pid}`;
  readonly engine = new OwnEngine();
  netem = false;
  lab!: LabInfo;
  #worker: ChildProcess | undefined;

  static async up(): Promise<ContainerLab> {
    const here = new ContainerLab();
    const { engine, name } = here;
    await engine.start();
    here.netem = await prepared(engine);
    here.lab = JSON.parse(await here.ok('lab', 'up', '--name', name, '--machines', 'containers', '--json')) as LabInfo;
    await here.ok('server', 'start', '--fleet', here.lab.fleetFile);
    here.#worker = await startWorker(engine, here.lab.fleetFile);
    return here;
  }

  cli(...words: string[]): Promise<CommandResult> {
    return this.engine.cli(...words);
  }

  /** What the CLI prints on stdout; anything but exit code 0 fails the test. */
  async ok(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.cli(...words);
    assert.equal(exitCode, 0, `0k-chaos ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** @throws where the engine keeps anything of the lab */
  async down(): Promise<void> {
    if (this.#worker) {
      const gone = once(this.#worker, 'exit');
      this.#worker.kill('SIGKILL');
      await gone;
    }
    if (this.lab) await this.cli('server', 'stop', '--fleet', this.lab.fleetFile);
    await this.cli('lab', 'down', '--name', this.name);
    const left = await this.#left();
    await this.engine.end();
    if (this.lab) rmSync(this.lab.dir, { recursive: true, force: true });
    assert.deepEqual(left, ['', '', ''], 'containers, networks and volumes that are left in the engine');
  }

  #left(): Promise<string[]> {
    const label = `label=0k-chaos.lab=${this.lab?.dir}`;
    return Promise.all([
      this.engine.docker('ps', '--all', '--quiet', '--filter', label),
      this.engine.docker('network', 'ls', '--quiet', '--filter', label),
      this.engine.docker('volume', 'ls', '--quiet'),
    ]);
  }
}

let shared: Promise<ContainerLab> | undefined;

/** One for the whole run, brought up by the first test that asks. */
export const theContainers = (): Promise<ContainerLab> => (shared ??= ContainerLab.up());

/** Why there can be none here; null: there can. */
export const whyNoContainers = (): string | null => OwnEngine.whyNot();

after('takes the lab of containers down, which leaves nothing in its engine', async function () {
  this.timeout(90_000);
  await (await shared)?.down();
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
