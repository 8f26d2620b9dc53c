import type { Finding, Message } from '../contract/run.ts';
import { outOfOrder, shownOutOfOrder, wrongAcknowledgements } from './acknowledgements.ts';
import { grouped } from './grouped.ts';
import { matchPulled } from './match-pulled.ts';
import type { Pulled } from './match-pulled.ts';
import { isAnswer, type PullResult } from './pull-output.ts';
import { strange } from './strangers.ts';

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
  /** Ids of messages that were pushed before anything was broken, or once all was healed: no relay may lack those. */
  whileWhole?: readonly string[];
  /** Ids of messages that every relay has to hold by the claim, whatever was done to it. */
  atEach?: readonly string[];
  /** Clients that may not know where the relays are: that they reach one of them not says nothing of it. */
  strays?: ReadonlySet<string>;
}

export interface Account {
  /** Acknowledged messages that this client gets from no relay, by client: worth another look while there is time. */
  lacking: Map<string, string[]>;
  broken: Finding[];
  unknown: string[];
  findings: Finding[];
}

/** The books against what was read: lost, altered, foreign, twice. */
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
  const { findings, broken } = behind(books, read);
  account.broken.push(...strange(books.texts, read), ...broken);
  account.findings.push(...twice(books, read), ...findings, ...refusedButThere(books, read));
  const shown = read.map((one) => ({ ...one, whole: wasRead(one) }));
  const untouched = shown.filter(({ relay }) => !books.brokenRelays.includes(relay));
  account.findings.push(
    ...wrongAcknowledgements(acknowledged(books), books.texts, shown),
    ...outOfOrder(acknowledged(books), books.texts, untouched),
    ...shownOutOfOrder(shown),
  );
  return account;
}

type Read = Sighting & { pulled: Pulled };

const idsIn = (books: Books, { pulled }: Read): Set<string> =>
  new Set(pulled.found.map(({ text }) => books.texts.get(text) ?? ''));

export const acknowledged = ({ messages }: Books): Message[] =>
  messages.filter(({ outcome }) => outcome === 'acknowledged');

/** Whole pages only say what is not there. */
const wasRead = ({ pages, pulled }: Read): boolean => !pulled.ambiguous && pages.length > 0 && pages.every(isAnswer);

function judgeClient(books: Books, client: string, reads: Read[], account: Account): void {
  const there = new Set(reads.flatMap((read) => [...idsIn(books, read)]));
  const lacking = acknowledged(books).filter(({ id }) => !there.has(id));
  account.broken.push(...unreadable(books, client, reads));
  const unread = reads.filter((read) => !wasRead(read));
  if (lacking.length === 0) {
    // Nobody looked for what is altered or foreign there.
    const untold = unread.filter((read) => !isAccused(books, read));
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
const isAccused = (books: Books, { client, pages }: Read): boolean => {
  const { kind } = pages.at(-1) ?? {};
  return kind === 'failed' || (kind === 'unreachable' && books.strays?.has(client) !== true);
};

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
    if (!isAccused(books, read)) return [];
    if (last?.kind === 'unreachable') {
      const message = `${client} does not reach ${read.relay} after healing, when every relay should serve: ${evidenceOf(read)}`;
      return [{ id: 'relay-unreachable', message, count: 1 }];
    }
    const message = `${client} cannot read from ${read.relay} what it holds (${bytes} bytes were pushed): ${evidenceOf(read)}`;
    return [{ id: bytes * 1.5 > 600_000 ? 'large-pull' : 'pull-fails', message, count: 1 }];
  });
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

/** A relay that nothing was done to lacks what another one has, or any what was pushed while nothing was broken. */
function behind(books: Books, reads: Read[]): { findings: Finding[]; broken: Finding[] } {
  const everywhere = new Set(reads.flatMap((read) => [...idsIn(books, read)]));
  const [lacks, claimed] = [new Map<string, string>(), new Map<string, string>()];
  for (const read of reads.filter(wasRead)) {
    const mayLack = books.brokenRelays.includes(read.relay);
    const has = idsIn(books, read);
    for (const { id } of acknowledged(books)) {
      if (has.has(id) || !everywhere.has(id)) continue;
      const told = [`${id} ${read.relay}`, `${read.relay} lacks ${id}, which another relay has`] as const;
      if (books.atEach?.includes(id) === true) claimed.set(...told);
      else if (!mayLack || books.whileWhole?.includes(id) === true) lacks.set(...told);
    }
  }
  return { findings: grouped('relay-behind', lacks), broken: grouped('relay-lacks', claimed) };
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

export const namesOf = (messages: readonly Message[]): string => {
  const [first, ...more] = messages;
  return `${first?.id ?? 'nothing'}${more.length > 0 ? ` and ${more.length} more` : ''}`;
};

function evidenceOf({ pages, pulled }: Read): string {
  const last = pages.at(-1);
  if (last === undefined) return 'it was not asked';
  if (pulled.ambiguous) return 'its rows can be read in several ways';
  return last.error?.line ?? last.reason ?? last.kind;
}
