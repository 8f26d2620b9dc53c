import { OwnEngine } from '../test/e2e/own-engine.ts';
import type { Manner } from './mocha.ts';
import { say } from './run-program.ts';

/** Where and how a program is run so that it finds the Docker engine that is meant. */
export type Place = Required<Pick<Manner, 'wrap' | 'env'>>;

/** Of a Docker engine of its own where one can be started, else of the one that there is. */
export async function onContainers<T>(act: (place: Place) => Promise<T>): Promise<T> {
  const why = OwnEngine.whyNot();
  if (why !== null) {
    say(`${why}: on the Docker engine that there is`);
    return act({ wrap: (argv) => argv, env: {} });
  }
  const engine = new OwnEngine();
  try {
    await engine.start();
    await engine.makeImage((line) => say(`  ${line}`));
    return await act({ wrap: (argv) => engine.inside(...argv), env: engine.env });
  } finally {
    await engine.end();
  }
}
