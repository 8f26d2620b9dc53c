import { duration, paint } from '../report/look.ts';
import { lookOf, say } from './output.ts';

const SILENT_SECONDS = 5;

/** Where a terminal is: one line that is written over, with phase and time. Everywhere: a line when the worker falls silent. */
export class StatusLine {
  phase = '';
  /** False: nobody looks at a terminal. */
  readonly shown = process.stderr.isTTY === true;
  readonly #startedAtMs: number;
  #answeredAtMs = Date.now();
  #silenceToldAt = 0;
  #drawn = false;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  answered(): void {
    const silent = this.#silentSeconds();
    this.#answeredAtMs = Date.now();
    if (this.#silenceToldAt === 0) return;
    this.#silenceToldAt = 0;
    say(`the worker answers again, after ${Math.round(silent)} s`);
  }

  tick(): void {
    const silent = this.#silentSeconds();
    if (silent >= SILENT_SECONDS && silent >= 2 * this.#silenceToldAt) this.#tellSilence(silent);
    if (!this.shown) return;
    const elapsed = duration(Math.round((Date.now() - this.#startedAtMs) / 1000));
    const state = silent < SILENT_SECONDS ? this.phase : `worker silent for ${Math.round(silent)} s`;
    const look = lookOf(process.stderr);
    const text = `${elapsed}  ${state}`.slice(0, (look.width ?? 80) - 1);
    process.stderr.write(`\r\u001b[K${paint(look, 'dim', text)}`);
    this.#drawn = true;
  }

  clear(): void {
    if (this.#drawn) process.stderr.write('\r\u001b[K');
    this.#drawn = false;
  }

  /** Each time twice as late as before. */
  #tellSilence(silent: number): void {
    const hint =
      this.#silenceToldAt === 0
        ? '; the run goes on when it is back (`0k-chaos worker`), and its leases heal what it broke if it does not come'
        : '';
    this.#silenceToldAt = silent;
    this.clear();
    say(`worker silent for ${Math.round(silent)} s${hint}`);
  }

  #silentSeconds(): number {
    return (Date.now() - this.#answeredAtMs) / 1000;
  }
}
