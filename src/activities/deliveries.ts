import { setTimeout as pause } from 'node:timers/promises';
import type { MessageSpec } from '../contract/message-spec.ts';
import type { Delivery } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { patience } from '../hosts/awake.ts';
import { matchPulled } from '../zerok/match-pulled.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import { pulledFromEach } from './alone.ts';
import { stopwatch } from './clock.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { MessageBook } from './message-book.ts';
import { SyncClient } from './sync-client.ts';

const POLL_MS = 300;

/** Pulls again and again until every message is there, or the fleet's deadline for deliveries has passed. */
export const awaitDelivery = (deps: Deps): Steps['awaitDelivery'] =>
  async function awaitDelivery({ run, client, messages }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const book = new MessageBook(folder, run);
      const receiver = new SyncClient(deps, run, client);
      const seen = new Map<string, Delivery>();
      const [clock, isOver] = [stopwatch(), patience(deps.fleet.times.deliverSeconds)];
      while (seen.size < messages.length) {
        const pages = await receiver.pullAll(receiver.watching, { signal });
        mustBeArranged(client, pages);
        const found = sightings(book, pages);
        addLook(seen, found, { messages, to: client, seconds: clock() });
        if (isOver()) break;
        if (seen.size < messages.length) await pause(POLL_MS, undefined, { signal });
      }
      const deliveries = messages.map(({ id }) => seen.get(id) ?? notSeen(id, client));
      const summary = `${client} has ${seen.size} of ${messages.length}`;
      const ms = Math.round(clock() * 1000);
      folder.record({ kind: 'delivery', machine: receiver.machine, summary, ms, data: { deliveries } });
      return deliveries;
    });
  };

type Sightings = Map<string, { copies: number; cursor: number; place: number }>;

/** What one look adds to those before it. Each relay counts for itself: what another one has shown, and this one does not, has no place here. */
export function addLook(
  seen: Map<string, Delivery>,
  found: Sightings,
  { messages, to, seconds }: { messages: MessageSpec[]; to: string; seconds: number },
): void {
  for (const { id } of messages) {
    const [before, sighting] = [seen.get(id), found.get(id)];
    if (sighting) seen.set(id, { seconds, ...before, message: id, to, ...sighting });
    else if (before) seen.set(id, { ...before, cursor: null, place: null });
  }
}

const notSeen = (message: string, to: string): Delivery => ({ message, to, seconds: null, copies: 0, cursor: null });

/** By id of the message: how often, and where first. */
function sightings(book: MessageBook, pages: PullResult[]): Sightings {
  book.reread();
  const texts = book.texts();
  const { found } = matchPulled(pages, texts.keys());
  return new Map(
    found.map(({ text, copies, cursors, place }) => [
      texts.get(text) ?? '',
      { copies, cursor: Math.min(...cursors), place },
    ]),
  );
}

/** One look at what the client can get at this moment; a pull that fails gets nothing. */
export const look = (deps: Deps): Steps['look'] =>
  async function look({ run, client, messages }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const book = new MessageBook(folder, run);
      const receiver = new SyncClient(deps, run, client);
      const pages = await receiver.pullAll(receiver.watching, { signal });
      mustBeArranged(client, pages);
      if (pages.some(({ kind }) => kind === 'cut-short'))
        throw failure('CommandFailed', `what ${client} has cannot be seen: ${evidenceOf(pages)}`);
      const found = sightings(book, pages);
      const present = messages.map(({ id }) => id).filter((id) => found.has(id));
      const evidence = evidenceOf(pages);
      const summary = `${client} has ${present.length} of ${messages.length}: ${evidence}`;
      folder.record({ kind: 'check', machine: receiver.machine, summary });
      return { present, evidence };
    });
  };

/** One relay, asked alone, until it has every message or the fleet's deadline for deliveries has passed. */
export const heldBy = (deps: Deps): Steps['heldBy'] =>
  async function heldBy({ run, client, relay, messages }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const book = new MessageBook(folder, run);
      const asking = new SyncClient(deps, run, client);
      const [clock, isOver] = [stopwatch(), patience(deps.fleet.times.deliverSeconds)];
      for (;;) {
        const pages = (await pulledFromEach(asking, [relay], signal)).get(relay) ?? [];
        mustBeArranged(client, pages);
        const found = sightings(book, pages);
        const lacking = messages.map(({ id }) => id).filter((id) => !found.has(id));
        if (lacking.length === 0 || isOver()) {
          const evidence = evidenceOf(pages);
          const summary = `${relay} alone has ${messages.length - lacking.length} of ${messages.length}: ${evidence}`;
          folder.record({ kind: 'check', summary, ms: Math.round(clock() * 1000), data: { relay, lacking } });
          return { lacking, evidence };
        }
        await pause(POLL_MS, undefined, { signal });
      }
    });
  };

/** A client that lost its folder or its program can show nothing: that says nothing of what was delivered. @throws GroundFailed */
function mustBeArranged(client: string, pages: PullResult[]): void {
  if (!pages.some(({ kind }) => kind === 'refused')) return;
  throw failure(
    'GroundFailed',
    `${client} is not as the run arranged it, so what it has cannot be seen: ${evidenceOf(pages)}`,
  );
}

/** What the last page said, in a few words. */
export const evidenceOf = (pages: PullResult[]): string => {
  const last = pages.at(-1);
  return last === undefined ? 'nothing' : (last.error?.line ?? last.reason ?? last.kind);
};
