import type { Finding } from '../contract/run.ts';
import { grouped } from './grouped.ts';
import type { Pulled } from './match-pulled.ts';

/** Rows that nobody pushed. One that holds a piece of a message is that message, altered. */
export function strange(
  texts: ReadonlyMap<string, string>,
  reads: readonly { client: string; relay: string; pulled: Pulled }[],
): Finding[] {
  const altered = new Map<string, string>();
  const foreign = new Map<string, string>();
  for (const { client, relay, pulled } of reads) {
    for (const { text } of pulled.strangers) {
      const id = whoseText(texts, text);
      const where = `${client} received from ${relay}`;
      if (id !== undefined)
        altered.set(id, `${where} an altered ${id}: ${text.length} characters, beginning \`${shown(text)}\``);
      else foreign.set(text, `${where} what nobody pushed: \`${shown(text)}\``);
    }
    for (const { cursor, bytes } of pulled.binaries) {
      altered.set(
        `${cursor}`,
        `${client} received from ${relay} ${bytes} bytes at ${cursor} that are no text, and only texts were pushed`,
      );
    }
  }
  return [...grouped('altered', altered), ...grouped('foreign', foreign)];
}

const shown = (text: string): string => text.slice(0, 60).replace(/\s/g, ' ');

/** Long enough to be nobody else's. */
const PIECE = 12;

function whoseText(texts: ReadonlyMap<string, string>, text: string): string | undefined {
  for (const [known, id] of texts) {
    if (known.length < PIECE || text.length < PIECE) continue;
    const middle = Math.floor(text.length / 2);
    const pieces = [text.slice(0, PIECE), text.slice(-PIECE), text.slice(middle - PIECE / 2, middle + PIECE / 2)];
    if (pieces.some((piece) => known.includes(piece)) || text.includes(known.slice(0, PIECE))) return id;
  }
  return undefined;
}
