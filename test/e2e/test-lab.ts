import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import { run } from '../../lab/command.ts';
import { labDown, labReset } from '../../lab/lab.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { loadConfig } from '../../src/config.ts';
import type { Config } from '../../src/config.ts';
import { QUERY_FAULTS } from '../../src/contract/names.ts';
import type { FaultRecord, RunInput, RunResult } from '../../src/contract/run.ts';
import { rootExec } from '../../src/hosts/as-root.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import type { Hands } from './anywhere/planted.ts';
import { RESIDUE } from './residue.ts';
import { endWorker, startWorker } from './worker-process.ts';
import { findTemporal } from '../../src/temporal/binary.ts';
import { connect, embeddedState, ensureServer, findServer, stopServer } from '../../src/temporal/server.ts';

export interface Ended {
  status: 'completed' | 'failed' | 'cancelled' | 'terminated';
  /** `type` of the failure. */
  kind: string | null;
  message: string;
  result: RunResult | null;
}

/** A lab with a Temporal server and a worker of its own, and everything that tests and benchmarks do to them. */
export class TestLab {
  readonly lab: LabInfo;
  readonly config: Config;
  readonly hosts: Hosts;
  client: Client;
  worker: ChildProcess | undefined;
  /** What all workers so far have said. */
  workerLog = '';
  #runs = 0;

  private constructor(lab: LabInfo, config: Config, client: Client) {
    this.lab = lab;
    this.config = config;
    this.client = client;
    this.hosts = createHosts({ ...config, machines: config.fleet.machines });
  }

  /** `machines`: what they are made of; default: whatever is found. */
  static async up(name: string, machines?: 'vm' | 'containers'): Promise<TestLab> {
    const progress = (line: string) => process.stderr.write(`  ${line}\n`);
    const lab = await labReset({ name, progress, ...(machines === undefined ? {} : { machines }) });
    const config = loadConfig({ fleet: lab.fleetFile });
    const { client } = await connect(config, { say: progress });
    const here = new TestLab(lab, config, client);
    await here.startWorker();
    return here;
  }

  async down(): Promise<void> {
    await this.endWorker('SIGKILL');
    await this.hosts.close();
    await this.client.connection.close();
    await stopServer(this.config);
    await labDown({ name: this.lab.name });
    rmSync(this.lab.dir, { recursive: true, force: true });
  }

  /** Starts the real worker as a process of its own, and waits until it polls. */
  async startWorker(): Promise<void> {
    const heard = (text: string): void => void (this.workerLog += text);
    this.worker = await startWorker(['src/worker.ts'], this.lab.fleetFile, heard);
  }

  /** Ends the worker, and returns once it is gone. */
  async endWorker(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    if (worker) await endWorker(worker, signal);
  }

  /** Kills the server with SIGKILL, and starts it again after `act`, with the same database. */
  async withoutTemporal(act: () => Promise<void>): Promise<void> {
    process.kill(embeddedState(this.config).record?.process.pid ?? 0, 'SIGKILL');
    await act();
    await ensureServer(this.config, () => undefined);
    await this.client.connection.close();
    this.client = (await connect(this.config)).client;
  }

  async start(scenario: string, input: RunInput = {}): Promise<WorkflowHandleWithFirstExecutionRunId> {
    this.#runs += 1;
    const workflowId = `${scenario}-${process.pid}-${this.#runs}`;
    return this.client.workflow.start(scenario, { taskQueue: 'Q', workflowId, args: [input] });
  }

  async run(scenario: string, input: RunInput = {}): Promise<Ended> {
    return this.ended(await this.start(scenario, input));
  }

  async ended(handle: WorkflowHandle): Promise<Ended> {
    try {
      const result = (await handle.result()) as RunResult;
      return { status: 'completed', kind: null, message: result.because, result };
    } catch (error) {
      return endOf(error);
    }
  }

  /** Waits until `count` faults stand, their bite measured. */
  async untilStanding(handle: WorkflowHandle, count: number): Promise<FaultRecord[]> {
    const deadline = Date.now() + 240_000;
    while (Date.now() < deadline) {
      const faults = await handle.query<FaultRecord[]>(QUERY_FAULTS).catch(() => []);
      const standing = faults.filter(({ injectedAt, healedAt }) => injectedAt !== null && healedAt === null);
      if (standing.length >= count) return standing;
      const { status } = await handle.describe();
      if (status.name !== 'RUNNING') throw new Error(`the run ended (${status.name}) before ${count} fault(s) stood`);
      await sleep(200);
    }
    throw new Error(`no ${count} fault(s) after 240 s`);
  }

  async root(machine: string, ...argv: string[]): Promise<string> {
    const { stdout, stderr } = await rootExec(this.hosts.get(machine), argv);
    return stdout + stderr;
  }

  /** Whatever a fault could leave behind, seen with the machines' own tools; empty: nothing. */
  async residue(): Promise<string[]> {
    const [beast, guardian] = await Promise.all(['beast', 'guardian'].map((machine) => this.#residueOn(machine)));
    return [...(beast ?? []), ...(guardian ?? [])];
  }

  async untilClean(seconds: number): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    let left = await this.residue();
    while (left.length > 0) {
      if (Date.now() > deadline) throw new Error(`after ${seconds} s there is still: ${left.join('; ')}`);
      await sleep(300);
      left = await this.residue();
    }
  }

  /** The groups that runs have joined and left on clients, as `client: path`. */
  async groups(): Promise<string[]> {
    const clients = Object.entries(this.config.fleet.clients);
    const found = clients.map(async ([name, { data, machine, service }]) => {
      const inside = service === undefined ? [] : ['docker', 'exec', `dist-chaos-${service}-1`];
      const paths = await this.root(machine, ...inside, 'find', data, '-name', 'group.json');
      return paths.split('\n').flatMap((path) => (path === '' ? [] : [`${name}: ${path}`]));
    });
    return (await Promise.all(found)).flat();
  }

  /** As a person uses it, by the CLI. */
  hands(): Hands {
    const { name, fleetFile } = this.lab;
    const cli = (...words: string[]) => run([process.execPath, 'bin/0k-chaos.js', ...words], { timeoutMs: 300_000 });
    const ok = async (...words: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await cli(...words);
      if (exitCode === 0) return stdout;
      throw new Error(`0k-chaos ${words.join(' ')}: ${stderr}`);
    };
    return { name, fleetFile, ok, cli };
  }

  /** The real command line, as a process of its own, on a fleet file. */
  chaos(words: string[], fleet = this.lab.fleetFile): ReturnType<Hands['cli']> {
    return this.hands().cli(...words, '--fleet', fleet);
  }

  /** The plain `temporal` CLI, as somebody uses it who has never heard of ours. */
  async temporal(...words: string[]): ReturnType<Hands['cli']> {
    const [{ path }, server] = await Promise.all([findTemporal(this.config, () => undefined), findServer(this.config)]);
    return run([path, ...words, '--address', server?.address ?? '', '-o', 'json'], { timeoutMs: 300_000 });
  }

  async #residueOn(machine: string): Promise<string[]> {
    const leases = await leasesOn(this.hosts.get(machine)).list();
    const seen = (await this.root(machine, 'sh', '-c', `{ ${RESIDUE}; } 2>/dev/null`))
      .split('\n')
      .filter((line) => line.trim() !== '');
    return [...leases.map((lease) => `lease ${lease.key}`), ...seen].map((line) => `${machine}: ${line}`);
  }
}

function endOf(error: unknown): Ended {
  if (!(error instanceof WorkflowFailedError)) throw error;
  const { cause } = error;
  const details = cause instanceof ApplicationFailure || cause instanceof CancelledFailure ? cause.details : undefined;
  return {
    status:
      cause instanceof CancelledFailure ? 'cancelled' : cause instanceof ApplicationFailure ? 'failed' : 'terminated',
    kind: cause instanceof ApplicationFailure ? (cause.type ?? null) : null,
    message: cause?.message ?? '',
    result: (details?.[0] as RunResult | undefined) ?? null,
  };
}
