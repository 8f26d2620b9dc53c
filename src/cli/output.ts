import { harmless, harmlessJson, type Look } from '../report/look.ts';

/** stdout: the answer, and nothing else. What machines said is in it, so nothing in it acts on a terminal. */
export const print = (text: string): void =>
  void process.stdout.write(harmless(text.endsWith('\n') ? text : `${text}\n`, lookOf(process.stdout)));

export const printJson = (document: unknown): void =>
  void process.stdout.write(`${harmlessJson(JSON.stringify(document, null, 2))}\n`);

/** stderr: progress, hints, errors. */
export const say = (line: string): void => void process.stderr.write(`${harmless(line, lookOf(process.stderr))}\n`);

/** What a program on a machine prints, as it comes, where a person watches. */
export const showOutput = (chunk: Buffer): void =>
  void (process.stderr.isTTY && process.stderr.write(harmless(chunk.toString().replace(/\r+(?!\n)/g, '\n'))));

/** How text may look on stdout or stderr. Node itself minds NO_COLOR, FORCE_COLOR and TERM. */
export const lookOf = (stream: NodeJS.WriteStream): Look => ({
  width: stream.columns ?? 80,
  colour: stream.isTTY === true && stream.hasColors(),
});

/** Prints the answer for programs or for people. */
export function answer(json: boolean | undefined, document: unknown, text: () => string): void {
  if (json === true) printJson(document);
  else print(text());
}
