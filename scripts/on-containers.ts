import { OwnEngine } from '../test/e2e/own-engine.ts';
import type { Manner } from './mocha.ts';
import { runProgram, say } from './run-program.ts';

/** Where and how a program is run so that it finds the Docker engine that is meant. */
export type Place = Required<Pick<Manner, 'wrap' | 'env'>>;

const HERE: Place = { wrap: (argv) => argv, env: {} };

export const placeOn = (engine: OwnEngine): Place => ({ wrap: (argv) => engine.inside(...argv), env: engine.env });

/** Of a Docker engine of its own where one can be started, else of the one that there is. */
export async function onContainers<T>(act: (place: Place) => Promise<T>): Promise<T> {
  const why = OwnEngine.whyNot();
  if (why !== null) {
    say(`${why}: on the Docker engine that there is`);
    return act(HERE);
  }
  const engine = new OwnEngine();
  try {
    await engine.start();
    await engine.makeImage((line) => say(`  ${line}`));
    return await act(placeOn(engine));
  } finally {
    await engine.end();
  }
}

/** Runs one of our programs there. Gives its exit code; `name` begins each line of what it says. */
export function runScript(
  script: string,
  words: string[],
  { wrap, env }: Place = HERE,
  name?: string,
): Promise<number> {
  const [program = '', ...rest] = wrap([process.execPath, '--import', 'tsx', script, ...words]);
  return runProgram(program, rest, { ...process.env, ...env }, name);
}
