import { strict as assert } from 'node:assert';
import { DEATH_NAMES, type Cell } from '../matrix/axes.ts';
import { MatrixLab } from '../matrix/matrix-lab.ts';
import { lineOf, runCell } from '../matrix/run-cell.ts';
import { theLab } from './fixture.ts';

const CELL_MS = 300_000;

/** A test for each death, with its cells one after the other; those that do not survive are named. */
export function survives(cells: Cell[]): void {
  let matrix: MatrixLab | undefined;
  before(async function () {
    this.timeout(900_000);
    matrix = await MatrixLab.on(await theLab());
  });
  after(async function () {
    this.timeout(120_000);
    await matrix?.leave();
  });

  for (const death of DEATH_NAMES) {
    const own = cells.filter((cell) => cell.death === death);
    if (own.length === 0) continue;
    it(`${death}: ${own.map(({ fault, boundary }) => `${fault} at ${boundary}`).join(', ')}`, async function () {
      this.timeout(own.length * CELL_MS);
      const lost: string[] = [];
      for (const cell of own) {
        const outcome = await runCell(matrix as MatrixLab, cell);
        process.stderr.write(`        ${lineOf(outcome)}\n`);
        if (outcome.problems.length > 0) lost.push(lineOf(outcome));
      }
      assert.deepEqual(lost, []);
    });
  }
}
