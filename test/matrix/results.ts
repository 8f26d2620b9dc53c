import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nameOf, type Cell } from './axes.ts';
import { POSSIBLE } from './cells.ts';
import { markdownOf } from './report.ts';
import type { Outcome } from './run-cell.ts';

const FOLDER = fileURLToPath(new URL('../../bench/results/', import.meta.url));

/** The results of a day, kept after every cell: a run that is stopped loses nothing. */
export class Results {
  readonly file: string;
  readonly #at = new Date().toISOString();
  #outcomes: Outcome[];

  constructor(folder = FOLDER) {
    mkdirSync(folder, { recursive: true });
    this.file = `${folder}matrix-${this.#at.slice(0, 10)}`;
    const there = existsSync(`${this.file}.json`) ? readFileSync(`${this.file}.json`, 'utf8') : '{"cells":[]}';
    this.#outcomes = (JSON.parse(there) as { cells: Outcome[] }).cells;
  }

  /** Without those that were run today and survived. */
  left(cells: Cell[]): Cell[] {
    const done = new Set(this.#outcomes.filter(({ problems }) => problems.length === 0).map(nameOf));
    return cells.filter((cell) => !done.has(nameOf(cell)));
  }

  /** In place of an earlier outcome of the same cell. */
  add(outcome: Outcome): void {
    this.#outcomes = [...this.#outcomes.filter((one) => nameOf(one) !== nameOf(outcome)), outcome];
    const whole = { at: this.#at, canExist: POSSIBLE.length, run: this.#outcomes.length, cells: this.#outcomes };
    writeFileSync(`${this.file}.json`, `${JSON.stringify(whole, null, 2)}\n`);
    writeFileSync(`${this.file}.md`, markdownOf(this.#outcomes, this.#at));
  }
}
