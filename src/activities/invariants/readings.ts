import { setTimeout as pause } from 'node:timers/promises';
import { patience } from '../../hosts/awake.ts';
import { balance } from '../../zerok/account.ts';
import type { Account, Books, Sighting } from '../../zerok/account.ts';
import { parseMetrics, relayMetrics } from '../../zerok/metrics.ts';
import { sentBytes, type Served } from '../../zerok/sent-bytes.ts';
import { strange } from '../../zerok/strangers.ts';
import { boundedText } from '../http.ts';
import { metricsUrl } from '../relays.ts';
import { judgePlainPulls } from '../../zerok/plain-pulls.ts';
import { matchPulled } from '../../zerok/match-pulled.ts';
import { pulledFailedOver, pulledFromEach } from '../alone.ts';
import type { PullResult } from '../../zerok/pull-output.ts';
import { stopwatch } from '../clock.ts';
import type { RunFolder } from '../journal.ts';
import { plainlyPulled, pullPlainly } from '../plain-pulls.ts';
import type { SyncClient } from '../sync-client.ts';
import type { Inquest } from './index.ts';

const POLL_MS = 500;
/** A client that never comes to an end of its rows is judged by what it has shown. */
const MOST_PULLS = 20;

/** Every client asks every relay alone, until nothing is lacking or the fleet's deadline for deliveries has passed. */
export async function readAll(inquest: Inquest): Promise<Sighting[]> {
  const { deps, ask, book, messages, whileWhole, strays, seen, folder, clients } = inquest;
  const [clock, isOver] = [stopwatch(), patience(deps.fleet.times.deliverSeconds)];
  const plain = new Map(await Promise.all(clients.map((client) => plainly(inquest, client))));
  for (;;) {
    book.reread();
    const claimed = ask.atEach === undefined ? {} : { atEach: ask.atEach };
    const books: Books = { messages, texts: book.texts(), brokenRelays: ask.broken, whileWhole, strays, ...claimed };
    const before = await countersOf(inquest);
    const sightings = (await Promise.all(clients.map((client) => aloneFromEach(inquest, client)))).flat();
    const account = balance(books, sightings);
    if (!worthAnotherLook(account) || isOver()) {
      seen.broken.push(...account.broken);
      seen.unknown.push(...account.unknown);
      seen.findings.push(...account.findings);
      const isOdd = account.broken.some(({ id }) => id === 'altered' || id === 'foreign');
      for (const client of clients) {
        const { again, failedOver } = plain.get(client.name) ?? {};
        const pulls = { ...plainlyPulled(folder, client.name), again, failedOver };
        seen.unknown.push(...unseen(client, again), ...unseen(client, failedOver));
        if (!isOdd) seen.broken.push(...strange(books.texts, [plainRead(books, client, pulls.pages)]));
        seen.findings.push(...judgePlainPulls(books, client.name, pulls, atFirst(sightings, client)));
      }
      seen.findings.push(
        ...served(before, await countersOf(inquest), sightings).flatMap((one) => sentBytes(one, books.texts)),
      );
      seen.deliveries.push(...deliveriesOf(inquest, books, sightings, clock()));
      return sightings;
    }
    await pause(POLL_MS, undefined, { signal: inquest.signal });
  }
}

/** What the relay that plain pulls ask gives the client. */
const atFirst = (sightings: Sighting[], { name }: SyncClient): PullResult[] =>
  sightings.find(({ client }) => client === name)?.pages ?? [];

const worthAnotherLook = ({ lacking, broken }: Account): boolean =>
  lacking.size > 0 || broken.some(({ id }) => ['relay-unreachable', 'large-pull', 'pull-fails'].includes(id));

type Counters = Map<string, Record<string, number>>;

/** What every relay counts now; nothing of one that does not say. */
const countersOf = async ({ deps }: Inquest): Promise<Counters> =>
  new Map(
    await Promise.all(
      Object.keys(deps.fleet.relays).map(
        async (relay) => [relay, relayMetrics(parseMetrics(await boundedText(metricsUrl(deps, relay))))] as const,
      ),
    ),
  );

const served = (before: Counters, after: Counters, sightings: Sighting[]): Served[] =>
  [...before].map(([relay, counters]) => {
    const pages = sightings.filter((one) => one.relay === relay).flatMap((one) => one.pages);
    return { relay, before: counters, after: after.get(relay) ?? {}, pages };
  });

const plainRead = ({ texts }: Books, { name: client }: SyncClient, pages: PullResult[]) => {
  return { client, relay: 'a plain pull', pulled: matchPulled(pages, texts.keys()) };
};

/** One that said nothing to its end may have shown anything, and moved the cursor. */
const unseen = ({ name }: SyncClient, last: PullResult | undefined): string[] =>
  last?.kind === 'cut-short' ? [`what a plain pull shows ${name}: ${last.reason ?? last.kind}`] : [];

/** What plain pulls say in the end, and one that has to turn to another relay, which has a folder of its own. */
async function plainly({ folder, signal }: Inquest, client: SyncClient) {
  const [again, failedOver] = await Promise.all([lastPull(folder, client, signal), pulledFailedOver(client, signal)]);
  return [client.name, { again, failedOver }] as const;
}

/** Pulls as a person does until there is nothing new, and once more. @returns what the last one said */
async function lastPull(folder: RunFolder, client: SyncClient, signal: AbortSignal): Promise<PullResult> {
  let page = await pullPlainly(folder, client, signal);
  for (let n = 1; page.kind === 'rows' && page.count >= 100 && n < MOST_PULLS; n++) {
    page = await pullPlainly(folder, client, signal);
  }
  return page.kind === 'rows' ? await pullPlainly(folder, client, signal) : page;
}

async function aloneFromEach({ deps, signal }: Inquest, client: SyncClient): Promise<Sighting[]> {
  const read = await pulledFromEach(client, Object.keys(deps.fleet.relays), signal);
  return [...read].map(([relay, pages]) => ({ client: client.name, relay, pages }));
}

function deliveriesOf({ clients, messages }: Inquest, books: Books, sightings: Sighting[], seconds: number) {
  return clients.flatMap(({ name: to }) => {
    const mine = sightings.filter(({ client }) => client === to);
    const pulled = mine.map(({ pages }) => matchPulled(pages, books.texts.keys()).found);
    return messages.map(({ id }) => {
      const found = pulled.flat().filter(({ text }) => books.texts.get(text) === id);
      const copies = Math.max(0, ...found.map((one) => one.copies));
      const cursor = found[0]?.cursors[0] ?? null;
      return { message: id, to, seconds: copies > 0 ? seconds : null, copies, cursor };
    });
  });
}
