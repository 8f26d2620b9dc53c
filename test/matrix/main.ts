import { TestLab } from '../e2e/test-lab.ts';
import { MatrixLab } from './matrix-lab.ts';
import { tableOf } from './report.ts';
import { Results } from './results.ts';
import { lineOf, runCell, type Outcome } from './run-cell.ts';
import { readWords } from './words.ts';

/* One lab, one Temporal server, and cell after cell; ends with 1 when one did not survive. Ctrl-C ends the lab too. */

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const { cells: asked, machines, resume } = readWords(process.argv.slice(2));
const results = new Results();
const cells = resume ? results.left(asked) : asked;
say(`${cells.length} cells on ${machines}`);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
const lab = await TestLab.up(`matrix-${process.pid}`, machines);
const outcomes: Outcome[] = [];
try {
  const matrix = await MatrixLab.on(lab);
  for (const [n, cell] of cells.entries()) {
    const outcome = await runCell(matrix, cell);
    // What was played while everything was told to end proves nothing.
    if (stop.signal.aborted) break;
    outcomes.push(outcome);
    results.add(outcome);
    say(`${n + 1}/${cells.length} ${lineOf(outcome)}`);
  }
  await matrix.end();
} finally {
  await lab.down();
}
process.stdout.write(`${tableOf(outcomes)}\n`);
say(`written to ${results.file}.json and .md`);
process.exit(outcomes.every(({ problems }) => problems.length === 0) ? 0 : 1);
