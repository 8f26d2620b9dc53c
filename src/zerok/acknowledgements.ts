import type { Finding, Message } from '../contract/run.ts';
import type { Pulled } from './match-pulled.ts';

/** What one client got from one relay, told apart from what it could not get. */
export interface Shown {
  relay: string;
  pulled: Pulled;
  /** Whole pages only say what is not there. */
  whole: boolean;
}

/** What a client was told of its pushes: each under an id of its own, at the cursor where a relay gives it. */
export function wrongAcknowledgements(
  messages: readonly Message[],
  texts: ReadonlyMap<string, string>,
  shown: readonly Shown[],
): Finding[] {
  const places = placesOf(texts, shown);
  const isWhole = shown.length > 0 && shown.every(({ whole }) => whole);
  const wrong: string[] = [];
  const owners = new Map<string, string>();
  for (const { id, blobId, cursor } of messages) {
    const owner = owners.get(blobId ?? '');
    if (blobId === null) wrong.push(`${id} was acknowledged without a blob id`);
    else if (owner !== undefined) wrong.push(`${id} was acknowledged under the blob id of ${owner}`);
    else owners.set(blobId, id);
    const stands = shown.map(({ relay }) => places.get(relay)?.get(id) ?? []);
    const isElsewhere = stands.every((at) => at.length > 0 && !at.includes(cursor ?? -1));
    if (isWhole && typeof cursor === 'number' && isElsewhere)
      wrong.push(`${id} was acknowledged at cursor ${cursor}, and stands at ${stands.flat().join(', ')}`);
  }
  const [first] = wrong;
  return first === undefined ? [] : [{ id: 'wrong-ack', message: first, count: wrong.length }];
}

/** A client pushes one message after the other, so every relay that nothing is done to gives them in that order. */
export function outOfOrder(
  messages: readonly Message[],
  texts: ReadonlyMap<string, string>,
  shown: readonly Shown[],
): Finding[] {
  const places = placesOf(texts, shown);
  const odd = [...places].flatMap(([relay, at]) =>
    [...new Set(messages.map(({ from }) => from))].flatMap((client) => {
      const own = messages.filter(({ id, from }) => from === client && at.has(id)).map(({ id }) => id);
      const first = (id: string | undefined): number => Math.min(...(at.get(id ?? '') ?? [0]));
      return own.flatMap((id, n) =>
        n > 0 && first(id) <= first(own[n - 1])
          ? [
              `${relay} gives ${id} at ${first(id)}, and ${own[n - 1]}, which ${client} pushed before it, at ${first(own[n - 1])}`,
            ]
          : [],
      );
    }),
  );
  const [first] = odd;
  return first === undefined ? [] : [{ id: 'out-of-order', message: first, count: odd.length }];
}

/** A client shows the rows of a page in the order of their cursors, whatever was done to the relay. */
export function shownOutOfOrder(shown: readonly (Shown & { client: string })[]): Finding[] {
  const odd = shown.flatMap(({ client, relay, pulled: { falling } }) =>
    falling === undefined
      ? []
      : [`${client} shows what ${relay} has at ${falling[0]} before what it has at ${falling[1]}`],
  );
  const [first] = odd;
  return first === undefined ? [] : [{ id: 'out-of-order', message: first, count: odd.length }];
}

/** The cursors of every message at every relay, whoever asked; of what cannot be read in one way only, none. */
function placesOf(texts: ReadonlyMap<string, string>, shown: readonly Shown[]): Map<string, Map<string, number[]>> {
  const places = new Map<string, Map<string, number[]>>();
  for (const { relay, pulled } of shown) {
    if (pulled.ambiguous) continue;
    const at = places.get(relay) ?? new Map<string, number[]>();
    places.set(relay, at);
    for (const { text, cursors } of pulled.found) {
      const id = texts.get(text) ?? '';
      at.set(id, [...new Set([...(at.get(id) ?? []), ...cursors])]);
    }
  }
  return places;
}
