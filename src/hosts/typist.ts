import type { ExecOptions } from './host.ts';

/** A shorter answer, such as `y`, is no secret, and hiding it would spoil the output. */
const SECRET_LENGTH = 6;
/** A program that has not asked by then never will; on an emulated machine its start alone can take ten seconds. */
const ASKS_WITHIN_MS = 45_000;

/** Answers a prompt on a pseudo-terminal, once, and keeps the answer out of the output. */
export class Typist {
  readonly #pty: ExecOptions['pty'];
  #seen = '';
  #write: ((text: string) => void) | null = null;
  #done = false;

  constructor(pty: ExecOptions['pty']) {
    this.#pty = pty;
  }

  /** How long the prompt is waited for. Undefined: nothing is to be typed. */
  get patienceMs(): number | undefined {
    return this.#pty && (this.#pty.asksWithinMs ?? ASKS_WITHIN_MS);
  }

  /** Whether the prompt has been seen, and answered. */
  get answered(): boolean {
    return this.#done;
  }

  types(write: (text: string) => void): void {
    this.#write = write;
    this.#answer();
  }

  saw(chunk: Buffer): void {
    if (!this.#pty || this.#done) return;
    this.#seen = (this.#seen + chunk.toString('latin1')).slice(-65_536);
    this.#answer();
  }

  /** The output without the answer, which a terminal may have echoed. */
  clean(output: Buffer): Buffer {
    if (!this.#pty) return output;
    const text = output.toString().replaceAll('\r\n', '\n').replaceAll('\r', '');
    const { answer } = this.#pty;
    return Buffer.from(answer.length < SECRET_LENGTH ? text : text.replaceAll(answer, '******'));
  }

  #answer(): void {
    if (!this.#pty || !this.#write || this.#done) return;
    if (!this.#seen.includes(Buffer.from(this.#pty.prompt).toString('latin1'))) return;
    this.#done = true;
    this.#write(`${this.#pty.answer}\r`);
  }
}
