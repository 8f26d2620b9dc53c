import type { Finding, Message } from '../contract/run.ts';
import { matchPulled } from './match-pulled.ts';
import type { Pulled } from './match-pulled.ts';
import type { PullResult } from './pull-output.ts';

/** Everything that one client read from one relay alone, from cursor 0. */
export interface Sighting {
  client: string;
  relay: string;
  pages: PullResult[];
}

/** What is known of the messages of a run. */
export interface Books {
  messages: readonly Message[];
  /** Id of every message that may be seen, by its text. */
  texts: ReadonlyMap<string, string>;
  /** Relays that were broken: they may lack what was pushed meanwhile. */
  brokenRelays: readonly string[];
}

export interface Account {
  /** Acknowledged messages that this client gets from no relay, by client: worth another look while there is time. */
  lacking: Map<string, string[]>;
  broken: Finding[];
  unknown: string[];
  findings: Finding[];
}

/** The books against what was read: lost, altered, foreign, twice. Pure: the rules of DESIGN.md, promise two. */
export function balance(books: Books, sightings: readonly Sighting[]): Account {
  const account: Account = { lacking: new Map(), broken: [], unknown: [], findings: [] };
  const read = sightings.map((sighting) => ({ ...sighting, pulled: matchPulled(sighting.pages, books.texts.keys()) }));
  for (const client of new Set(read.map((one) => one.client))) {
    judgeClient(
      books,
      client,
      read.filter((one) => one.client === client),
      account,
    );
  }
  account.broken.push(...strange(books, read));
  account.findings.push(...twice(books, read), ...behind(books, read), ...refusedButThere(books, read));
  return account;
}

type Read = Sighting & { pulled: Pulled };

const idsIn = (books: Books, { pulled }: Read): Set<string> =>
  new Set(pulled.found.map(({ text }) => books.texts.get(text) ?? ''));

const acknowledged = ({ messages }: Books): Message[] => messages.filter(({ outcome }) => outcome === 'acknowledged');

/** Whole pages only say what is not there. */
const wasRead = ({ pages, pulled }: Read): boolean =>
  !pulled.ambiguous && pages.length > 0 && pages.every(({ kind }) => kind === 'rows' || kind === 'none');

function judgeClient(books: Books, client: string, reads: Read[], account: Account): void {
  const there = new Set(reads.flatMap((read) => [...idsIn(books, read)]));
  const lacking = acknowledged(books).filter(({ id }) => !there.has(id));
  account.broken.push(...unreadable(books, client, reads));
  const unread = reads.filter((read) => !wasRead(read));
  if (lacking.length === 0) {
    // Nobody looked for what is altered or foreign there.
    const untold = unread.filter(({ pages }) => !ACCUSED.has(pages.at(-1)?.kind ?? ''));
    if (untold.length > 0)
      account.unknown.push(`what ${client} gets from everywhere: it could not be read ${from(untold)}`);
    return;
  }
  if (unread.length > 0)
    account.unknown.push(`whether ${client} lacks ${namesOf(lacking)}: what it has could not be read ${from(unread)}`);
  else account.broken.push(lost(books, client, reads, lacking));
  account.lacking.set(
    client,
    lacking.map(({ id }) => id),
  );
}

const from = (reads: Read[]): string => `from ${reads.map((read) => `${read.relay} (${evidenceOf(read)})`).join(', ')}`;

/** See `unreadable`. */
const ACCUSED: ReadonlySet<string> = new Set<PullResult['kind']>(['unreachable', 'failed']);

function lost(books: Books, client: string, reads: Read[], lacking: Message[]): Finding {
  const [first] = lacking;
  const about =
    first === undefined
      ? ''
      : `${first.id} of ${first.bytes} bytes, which ${first.from} pushed as blob ${first.blobId}`;
  const rows = reads.map((read) => `${read.relay} has ${idsIn(books, read).size}`).join(', ');
  const message = `${client} lacks ${lacking.length} acknowledged message(s) after healing: ${about}; of ${books.messages.length} messages ${rows}`;
  return { id: 'lost', message, count: lacking.length };
}

/** A relay that serves nobody, or cannot give what it holds, although everything is healed. */
function unreadable(books: Books, client: string, reads: Read[]): Finding[] {
  const bytes = books.messages.reduce((sum, message) => sum + message.bytes, 0);
  return reads.flatMap((read): Finding[] => {
    const last = read.pages.at(-1);
    if (last?.kind === 'unreachable') {
      const message = `${client} does not reach ${read.relay} after healing, though it says it is healthy: ${evidenceOf(read)}`;
      return [{ id: 'relay-unreachable', message, count: 1 }];
    }
    if (last?.kind !== 'failed') return [];
    const message = `${client} cannot read from ${read.relay} what it holds (${bytes} bytes were pushed): ${evidenceOf(read)}`;
    return [{ id: bytes * 1.5 > 600_000 ? 'large-pull' : 'pull-fails', message, count: 1 }];
  });
}

/** Rows that nobody pushed. One that holds a piece of a message is that message, altered. */
function strange(books: Books, reads: Read[]): Finding[] {
  const altered = new Map<string, string>();
  const foreign = new Map<string, string>();
  for (const { client, relay, pulled } of reads) {
    for (const { text } of pulled.strangers) {
      const id = whoseText(books, text);
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

function grouped(id: string, by: Map<string, string>): Finding[] {
  const [first] = by.values();
  return first === undefined ? [] : [{ id, message: first, count: by.size }];
}

/** Long enough to be nobody else's. */
const PIECE = 12;

function whoseText(books: Books, text: string): string | undefined {
  for (const [known, id] of books.texts) {
    if (known.length < PIECE || text.length < PIECE) continue;
    const middle = Math.floor(text.length / 2);
    const pieces = [text.slice(0, PIECE), text.slice(-PIECE), text.slice(middle - PIECE / 2, middle + PIECE / 2)];
    if (pieces.some((piece) => known.includes(piece)) || text.includes(known.slice(0, PIECE))) return id;
  }
  return undefined;
}

/** More than once at one relay. */
function twice(books: Books, reads: Read[]): Finding[] {
  const copies = new Map<string, string>();
  for (const { relay, pulled } of reads) {
    for (const { text, copies: count } of pulled.found) {
      if (count > 1)
        copies.set(
          `${books.texts.get(text)} at ${relay}`,
          `${books.texts.get(text)} stands ${count} times at ${relay}`,
        );
    }
  }
  return grouped('duplicate', copies);
}

/** A relay that nothing was done to lacks what another one has. */
function behind(books: Books, reads: Read[]): Finding[] {
  const everywhere = new Set(reads.flatMap((read) => [...idsIn(books, read)]));
  const lacks = new Map<string, string>();
  for (const read of reads) {
    if (books.brokenRelays.includes(read.relay) || !wasRead(read)) continue;
    const has = idsIn(books, read);
    for (const { id } of acknowledged(books)) {
      if (everywhere.has(id) && !has.has(id))
        lacks.set(`${id} ${read.relay}`, `${read.relay} lacks ${id}, which another relay has`);
    }
  }
  return grouped('relay-behind', lacks);
}

/** The client said that nothing was sent. */
function refusedButThere(books: Books, reads: Read[]): Finding[] {
  const there = new Set(reads.flatMap((read) => [...idsIn(books, read)]));
  const odd = books.messages.filter(
    ({ id, outcome, mayBeStored }) => outcome === 'refused' && !mayBeStored && there.has(id),
  );
  return odd.length === 0
    ? []
    : [
        {
          id: 'refused-but-stored',
          message: `${namesOf(odd)} was refused as not sent, and is there`,
          count: odd.length,
        },
      ];
}

const namesOf = (messages: readonly Message[]): string => {
  const [first, ...more] = messages;
  return `${first?.id ?? 'nothing'}${more.length > 0 ? ` and ${more.length} more` : ''}`;
};

function evidenceOf({ pages, pulled }: Read): string {
  const last = pages.at(-1);
  if (last === undefined) return 'it was not asked';
  if (pulled.ambiguous) return 'its rows can be read in several ways';
  return last.error?.line ?? last.reason ?? last.kind;
}

/**
 * What plain pulls showed a client against what the relay that it asks has: with its own pushes it should be everything, and
 * nothing again. `atFirst` is what that relay gives it from cursor 0.
 */
export function judgePlainPulls(
  books: Books,
  client: string,
  pulls: {
    pages: readonly PullResult[];
    /** No pull was cut off: else what was never seen may have been shown. */
    whole: boolean;
    again: PullResult | undefined;
    failedOver: PullResult | undefined;
  },
  atFirst: readonly PullResult[],
): Finding[] {
  const there = new Set(matchPulled(atFirst, books.texts.keys()).found.map(({ text }) => books.texts.get(text) ?? ''));
  const { found } = matchPulled(pulls.pages, books.texts.keys());
  const own = books.messages.filter(({ from }) => from === client).map(({ id }) => id);
  const seen = new Set([...own, ...found.map(({ text }) => books.texts.get(text) ?? '')]);
  const missed = acknowledged(books).filter(({ id }) => there.has(id) && !seen.has(id));
  const findings: Finding[] = [];
  if (missed.length > 0 && pulls.whole) {
    const message = `plain pulls of ${client} never show ${namesOf(missed)}, which \`--after-cursor 0\` does`;
    findings.push({ id: 'plain-pull-misses', message, count: missed.length });
  }
  if (pulls.again?.kind === 'rows') {
    const message = `a plain pull of ${client}, right after one that took everything, shows ${pulls.again.count} row(s) again`;
    findings.push({ id: 'plain-pull-repeats', message, count: pulls.again.count });
  }
  if (there.size > 0 && pulls.failedOver?.kind === 'none') {
    const message = `a plain pull of ${client} that turns to another relay says \`No new data.\`, though that relay has ${there.size} message(s) it never showed: it is asked with the cursor of the relay that is gone`;
    findings.push({ id: 'failover-cursor', message, count: 1 });
  }
  return findings;
}
