import type { WorkflowHandle } from '@temporalio/client';
import { axisOf, type Cell } from './axes.ts';
import type { MatrixLab } from './matrix-lab.ts';
import type { MachineName } from './outside.ts';
import { placeOf } from './place.ts';
import { GO_ON } from './names.ts';

/** One cell on its stage: the run, held at its boundary, and the machine that bears the fault. */
export class Scene {
  readonly matrix: MatrixLab;
  readonly cell: Cell;
  readonly machine: MachineName;
  readonly leaseSeconds: number;
  workflowId = '';
  #open = true;

  constructor(matrix: MatrixLab, cell: Cell, leaseSeconds: number) {
    this.matrix = matrix;
    this.cell = cell;
    this.machine = axisOf(cell.fault).machine;
    this.leaseSeconds = leaseSeconds;
  }

  /** The newest run: a reset makes another one. */
  get handle(): WorkflowHandle {
    return this.matrix.lab.client.workflow.getHandle(this.workflowId);
  }

  async closeGate(): Promise<void> {
    const place = placeOf(this.cell);
    this.#open = false;
    if (place.at === 'worker') this.matrix.gates.close(place.gate);
    if (place.at === 'machine') await this.matrix.outside.closeGate(this.machine, place.seam);
  }

  /** @throws where nobody comes to the gate */
  async untilReached(seconds: number): Promise<void> {
    const place = placeOf(this.cell);
    const { gates, outside } = this.matrix;
    const there =
      place.at === 'body' ||
      (place.at === 'worker'
        ? await gates.reached(place.gate, seconds)
        : await outside.reached(this.machine, place.seam, seconds));
    if (!there) throw new Error(`nobody came to the boundary within ${seconds} s`);
  }

  async openGate(): Promise<void> {
    if (this.#open) return;
    this.#open = true;
    this.matrix.gates.openAll();
    if (placeOf(this.cell).at === 'machine') await this.matrix.outside.openGates(this.machine);
  }

  /** To a run that is over nobody can say anything. */
  async goOn(): Promise<void> {
    await this.handle.signal(GO_ON).catch(() => undefined);
  }

  sh(script: string): Promise<string> {
    return this.matrix.outside.sh(this.machine, script);
  }
}
