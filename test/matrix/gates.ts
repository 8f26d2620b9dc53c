import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MACHINE_GATES } from './names.ts';
import type { WorkerGate } from './names.ts';

/** As often as a gate is looked at. */
const LOOK_MS = 20;

/** A folder of gates on this machine, for workers: whoever comes to a closed one waits there. */
export class Gates {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  close(gate: WorkerGate): void {
    writeFileSync(this.#file(gate), '');
  }

  openAll(): void {
    for (const name of readdirSync(this.dir)) rmSync(join(this.dir, name), { force: true });
  }

  /** Waits until somebody stands at the gate. */
  async reached(gate: WorkerGate, seconds: number): Promise<boolean> {
    const deadline = Date.now() + seconds * 1000;
    while (!existsSync(this.#reached(gate)) && Date.now() < deadline) await sleep(LOOK_MS);
    return existsSync(this.#reached(gate));
  }

  async pass(gate: WorkerGate): Promise<void> {
    if (!existsSync(this.#file(gate))) return;
    writeFileSync(this.#reached(gate), '');
    while (existsSync(this.#file(gate))) await sleep(LOOK_MS);
  }

  #file(gate: WorkerGate): string {
    return join(this.dir, gate);
  }

  #reached(gate: WorkerGate): string {
    return join(this.dir, `${gate}.reached`);
  }
}

/** The function that lease.sh calls at its seams on a machine of the matrix: the same gates, in shell. */
export const SEAM_FUNCTION = `seam() {
  [ -e ${MACHINE_GATES}/$1 ] || return 0
  : >${MACHINE_GATES}/$1.reached
  while [ -e ${MACHINE_GATES}/$1 ]; do sleep 0.05; done
}
`;
