import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { labDown, labUp } from '../lab/lab.ts';
import { loadConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { QUERY_FAULTS } from '../src/contract/names.ts';
import type { FaultRecord, RunResult } from '../src/contract/run.ts';
import { renderTable } from '../src/report/table.ts';
import { connect, stopServer } from '../src/temporal/server.ts';

const CHAOS = fileURLToPath(new URL('../bin/0k-chaos.js', import.meta.url));
const FIRST = 'mr_01_relay_crash_failover';
const SECOND = 'conv_01_convergence_after_multi_failure';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const headline = (text: string): void => say(`\n── ${text}`);

/** The main job, end to end, on the lab: two scenarios, and a worker killed in the middle of the second. */
class Demo {
  readonly #config: Config;
  #worker: ChildProcess | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async run(): Promise<RunResult[]> {
    const { server } = await connect(this.#config, { say });
    headline(`a worker polls Q; Temporal UI: ${server.uiUrl ?? server.address}`);
    await this.startWorker();

    headline(`${FIRST}: a real relay is killed`);
    const first = await this.#scenario(FIRST);

    headline(`${SECOND}: two faults, and the worker dies while they stand`);
    const killing = this.#killWorkerDuring(SECOND);
    const second = await this.#scenario(SECOND);
    await killing;
    return [first, second];
  }

  async startWorker(): Promise<void> {
    const worker = spawn(process.execPath, [CHAOS, 'worker', '--fleet', this.#config.fleetFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#worker = worker;
    let said = '';
    await new Promise<void>((ready, fail) => {
      worker.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('polls')) ready();
      });
      worker.once('exit', (code) => fail(new Error(`the worker exited ${code}:\n${said}`)));
    });
    say(`   worker ${worker.pid}`);
  }

  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker && worker.exitCode === null && worker.signalCode === null) {
      const gone = once(worker, 'exit');
      worker.kill('SIGTERM');
      await gone;
    }
    await stopServer(this.#config);
  }

  /** Through the command line, as a person would; its progress goes to the terminal. */
  async #scenario(name: string): Promise<RunResult> {
    const words = [
      CHAOS,
      'run',
      name,
      '--id',
      `demo-${name}-${process.pid}`,
      '--json',
      '--fleet',
      this.#config.fleetFile,
    ];
    const run = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let answer = '';
    run.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    const [code] = (await once(run, 'close')) as [number];
    const parsed = JSON.parse(answer || '{}') as RunResult & { error?: { message: string } };
    if (parsed.error) throw new Error(`${name} (exit ${code}): ${parsed.error.message}`);
    return parsed;
  }

  async #killWorkerDuring(name: string): Promise<void> {
    const { client } = await connect(this.#config, { say });
    const handle = client.workflow.getHandle(`demo-${name}-${process.pid}`);
    for (;;) {
      const faults = await handle.query<FaultRecord[]>(QUERY_FAULTS).catch(() => []);
      if (faults.filter(({ injectedAt, healedAt }) => injectedAt !== null && healedAt === null).length === 2) break;
      const status = await handle.describe().then(
        ({ status: { name: now } }) => now,
        () => 'RUNNING',
      );
      if (status !== 'RUNNING') return;
      await sleep(200);
    }
    const worker = this.#worker;
    say(`\n   ✂ both faults stand: kill -9 ${worker?.pid} (the worker)`);
    worker?.removeAllListeners('exit');
    worker?.kill('SIGKILL');
    await sleep(2000);
    say('   ↻ the worker is started again; Temporal hands it the run where it was');
    await this.startWorker();
    await client.connection.close();
  }
}

function summary(results: RunResult[]): void {
  headline('what happened');
  const runs = results.map(({ scenario, verdict, seconds, because }) => [
    scenario,
    verdict,
    `${seconds.toFixed(0)} s`,
    because,
  ]);
  say(renderTable(['scenario', 'verdict', 'took', 'because'], runs));
  const faults = results.flatMap((result) =>
    result.faults.map((fault) => [
      fault.summary,
      fault.injectedAt?.slice(11, 19) ?? '—',
      fault.healedAt?.slice(11, 19) ?? '—',
      fault.healedBy ?? 'not healed',
      fault.healSeconds === null ? '—' : `${fault.healSeconds.toFixed(1)} s`,
    ]),
  );
  say(renderTable(['fault', 'injected', 'healed', 'by', 'heal took'], faults));
  const layers = ['frame', 'hold', 'sweep', 'lease'].map(
    (layer) => `${layer} ${faults.filter(([, , , by]) => by === layer).length}`,
  );
  say(`\nHealed by which layer: ${layers.join(', ')}. The other layers stood by (docs/SAFETY.md).`);
  const residue = results.flatMap((result) => result.residue);
  say(residue.length === 0 ? 'Every machine is as it was before.' : `NOT PUT BACK: ${residue.join('; ')}`);
}

function whereToLook(results: RunResult[], uiUrl: string | null): void {
  headline('where to look');
  say(`Temporal UI: ${uiUrl ?? 'of your server'}`);
  for (const { journal } of results) say(`journal:     ${journal}`);
  say('\nTry next, in another terminal:');
  say('  npm run chaos -- doctor');
  say('  npm run chaos -- run edge_03_guardian_partition_recovery');
  say('  npm run chaos -- plan edge_01_guardian_high_latency');
}

async function untilInterrupted(): Promise<void> {
  say('\nThe lab, the worker and Temporal stay up until Ctrl-C.');
  const forEver = setInterval(() => undefined, 60_000);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(forEver);
}

async function main(): Promise<number> {
  const stays = !process.argv.includes('--exit');
  headline('the lab: Beast and Guardian as small machines, this machine is Q');
  const lab = await labUp({ progress: (line) => say(`   ${line}`), mayInstall: async () => true });
  const config = loadConfig({ fleet: lab.fleetFile });
  const demo = new Demo(config);
  try {
    const results = await demo.run();
    summary(results);
    const { server } = await connect(config, { say });
    whereToLook(results, server.uiUrl);
    if (stays) await untilInterrupted();
    return results.every(({ verdict, residue }) => verdict === 'passed' && residue.length === 0) ? 0 : 1;
  } finally {
    headline('ending the worker, Temporal and the lab');
    await demo.end();
    await labDown();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  say(`\nThe demo did not get through: ${(error as Error).message}`);
  say('Everything that was broken heals by itself within a minute; `npm run chaos -- heal --all` heals it now.');
  say('Then try again: `npm run demo`. What the machines are like: `npm run chaos -- doctor`.');
  process.exitCode = 1;
}
process.exit();
