import { stripVTControlCharacters } from 'node:util';

/** The relay writes colours even when not on a terminal. */
export const withoutColours = stripVTControlCharacters;

/** A new id at every start; `docker compose logs` puts `relay-1-1  | ` in front, a tracing line its time and target. */
const START = /(?:^|\| )=== sync-relay running ===/;
const ID = /(?:^|[\s|])Endpoint ID: +([0-9a-f]{64})\s*$/;

/** The id that the relay has now: the last in its log. `undefined`: none yet, or it started again and has not said it. */
export function endpointIdOf(log: string): string | undefined {
  let current: string | undefined;
  for (const line of withoutColours(log).split('\n')) {
    if (START.test(line)) current = undefined;
    current = ID.exec(line)?.[1] ?? current;
  }
  return current;
}
