import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { parse, stringify } from 'yaml';
import { powerCut, powerOn } from '../../lab/lab.ts';
import type { TestLab } from '../e2e/test-lab.ts';
import { endWorker, startWorker } from '../e2e/worker-process.ts';
import { foreign, plant, uproot } from './foreign.ts';
import { Gates } from './gates.ts';
import { MACHINES, Outside, type MachineName } from './outside.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A lab whose workers have gates, with somebody else's things on its machines. */
export class MatrixLab {
  readonly lab: TestLab;
  readonly outside: Outside;
  readonly gates: Gates;
  /** Alive, or frozen; the oldest first. */
  workers: ChildProcess[] = [];
  /** How long a look from outside takes on this machine, as busy as it is. */
  lookSeconds = 0;
  foreign: Record<MachineName, string> = { beast: '', guardian: '' };
  readonly #bundle: string;
  readonly #fleetFile: string;

  private constructor(lab: TestLab) {
    const { dir } = lab.lab;
    this.lab = lab;
    this.outside = new Outside(lab.lab);
    this.gates = new Gates(join(dir, 'gates'));
    this.#bundle = join(dir, 'matrix-workflows.js');
    this.#fleetFile = join(dir, 'fleet-of-the-matrix.yml');
  }

  /** On a lab that is up; its own worker ends. */
  static async on(lab: TestLab): Promise<MatrixLab> {
    const matrix = new MatrixLab(lab);
    await lab.endWorker('SIGTERM');
    writeFileSync(matrix.#bundle, await bundled());
    writeFileSync(matrix.#fleetFile, oneRelay(readFileSync(lab.lab.fleetFile, 'utf8')));
    await matrix.addWorker();
    for (const machine of MACHINES) await matrix.settle(machine);
    return matrix;
  }

  /** What a machine needs for the matrix, at first and when it comes up again. */
  async settle(machine: MachineName): Promise<void> {
    if (machine === 'beast') await this.outside.sh('beast', LIVE_RESTORE);
    await plant(this.outside, machine);
    this.foreign = await foreign(this.outside);
  }

  async addWorker(): Promise<void> {
    this.workers.push(await startWorker([here('./worker.ts'), this.#bundle, this.gates.dir], this.#fleetFile));
  }

  /** The oldest one. */
  async endWorker(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const worker = this.workers.shift();
    if (worker) await endWorker(worker, signal);
  }

  /** One worker, no gate closed: what a cell starts from. */
  async fresh(): Promise<void> {
    this.gates.openAll();
    await Promise.all(MACHINES.map((machine) => this.outside.openGates(machine)));
    while (this.workers.length > 1) await this.endWorker('SIGKILL');
    if (this.workers.length === 0) await this.addWorker();
    const startedAt = Date.now();
    const left = await this.outside.residue();
    this.lookSeconds = (Date.now() - startedAt) / 1000;
    if (left.length > 0) await this.#begin();
  }

  /** What an earlier cell left would be laid to the next one's charge. */
  async #begin(): Promise<void> {
    for (const machine of MACHINES) {
      await powerCut(machine, { name: this.lab.lab.name });
      await powerOn(machine, { name: this.lab.lab.name });
      await this.settle(machine);
    }
  }

  async end(): Promise<void> {
    while (this.workers.length > 0) await this.endWorker('SIGKILL');
  }

  /** The lab is as it was before, for whoever uses it next. */
  async leave(): Promise<void> {
    await this.end();
    await Promise.all(MACHINES.map((machine) => uproot(this.outside, machine)));
    await this.lab.startWorker();
  }
}

/** Containers live on when their engine dies: so that what a cell sees of them is its fault and nothing else. */
const LIVE_RESTORE =
  'sed -i \'s/"live-restore": false/"live-restore": true/\' /etc/docker/daemon.json && kill -HUP $(pidof dockerd)';

/** The fleet with the one relay that is broken: what a run looks at beside its fault costs time. */
function oneRelay(text: string): string {
  const fleet = parse(text) as { relays: Record<string, unknown>; clients: Record<string, unknown> };
  const { 'relay-1': relay } = fleet.relays;
  const { guardian } = fleet.clients;
  return stringify({ ...fleet, relays: { 'relay-1': relay }, clients: { guardian } });
}

/** The run timeout that the frame refuses is let through: something else may set one. */
async function bundled(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: here('./workflows.ts'),
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: ({ resolve, ...config }) => {
      const alias = {
        ...(resolve?.alias as Record<string, string>),
        [here('../../src/workflows/timeouts.ts')]: here('./no-timeouts.ts'),
      };
      return { ...config, resolve: { ...resolve, alias } };
    },
  });
  return code;
}
