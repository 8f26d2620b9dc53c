import { duration, paint } from '../report/look.ts';
import { lookOf, say } from './output.ts';

const SILENT_SECONDS = 5;

const UNTIL_BACK = {
  worker: 'the run goes on when it is back (`0k-chaos worker`), and its leases heal what it broke if it does not come',
  'Temporal server': 'the run goes on when it is back; until then its worker keeps what is broken under its leases',
};

/** Where a terminal is: one line that is written over, with phase and time. Everywhere: a line when the worker or the server falls silent. */
export class StatusLine {
  phase = '';
  /** Who does not answer, while nobody does. */
  silent: keyof typeof UNTIL_BACK = 'worker';
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
    say(`the ${this.silent} answers again, after ${Math.round(silent)} s`);
  }

  tick(): void {
    const silent = this.#silentSeconds();
    if (silent >= SILENT_SECONDS && silent >= 2 * this.#silenceToldAt) this.#tellSilence(silent);
    if (!this.shown) return;
    const elapsed = duration(Math.round((Date.now() - this.#startedAtMs) / 1000));
    const state = silent < SILENT_SECONDS ? this.phase : `${this.silent} silent for ${Math.round(silent)} s`;
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
    const hint = this.#silenceToldAt === 0 ? `; ${UNTIL_BACK[this.silent]}` : '';
    this.#silenceToldAt = silent;
    this.clear();
    say(`${this.silent} silent for ${Math.round(silent)} s${hint}`);
  }

  #silentSeconds(): number {
    return (Date.now() - this.#answeredAtMs) / 1000;
  }
}
