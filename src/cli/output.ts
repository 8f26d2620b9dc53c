import type { Look } from '../report/look.ts';

/** stdout: the answer, and nothing else. */
export const print = (text: string): void => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);

export const printJson = (document: unknown): void => print(JSON.stringify(document, null, 2));

/** stderr: progress, hints, errors. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

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
