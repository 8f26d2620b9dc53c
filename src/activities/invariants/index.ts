import { ApplicationFailure } from '@temporalio/activity';
import { ownerOf, type Message } from '../../contract/run.ts';
import { MOST_ATTEMPTS, type Invariants, type InvariantsAsk, type Steps } from '../../contract/steps.ts';
import { attemptNow, beginAttempt } from '../attempts.ts';
import { asFailure } from '../failures.ts';
import { heldBy } from '../fences.ts';
import type { Deps } from '../deps.ts';
import { beating } from '../heartbeat.ts';
import { RunFolder } from '../journal.ts';
import { MessageBook } from '../message-book.ts';
import { pushAll } from '../push.ts';
import { reconfigured } from '../reconfigure.ts';
import { SyncClient } from '../sync-client.ts';
import { notLeaked } from './leaks.ts';
import { readAll } from './readings.ts';
import { tapped } from './wire.ts';
import { vitalsStillGood } from './growth.ts';

/** What the checks share. */
export interface Inquest {
  deps: Deps;
  folder: RunFolder;
  book: MessageBook;
  ask: InvariantsAsk;
  clients: SyncClient[];
  messages: Message[];
  /** Ids of those that were pushed before anything was broken, or once all was healed. */
  whileWhole: string[];
  /** Names of clients that may not know where the relays are by now. */
  strays: Set<string>;
  signal: AbortSignal;
  seen: Required<Invariants>;
}

/**
 * After every run, once all is healed: what was acknowledged is everywhere, whole and once; a push works; no relay's log, storage
 * or wire shows a message; no relay has grown. One failed check does not hide another.
 */
export const invariants = (deps: Deps): Steps['invariants'] =>
  async function invariants(ask) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, ask.run);
      const isLast = beginAttempt(folder);
      const book = new MessageBook(folder, ask.run);
      const clients = ask.clients.map((name) => new SyncClient(deps, ask.run, name));
      const seen: Inquest['seen'] = {
        canary: null,
        deliveries: [],
        broken: [],
        unknown: [],
        outside: [],
        findings: [],
      };
      const inquest: Inquest = {
        deps,
        folder,
        book,
        ask,
        clients,
        messages: [...ask.messages],
        whileWhole: [...(ask.beforeAll ?? [])],
        strays: new Set(),
        signal,
        seen,
      };
      const readings = await tapped(inquest, async (listening) => {
        const following = seenOrUnknown(inquest, 'whether clients follow the relays', () => followed(inquest));
        await Promise.all([listening, following]);
        await seenOrUnknown(inquest, 'whether the system takes a push in the end', () => pushCanaries(inquest, isLast));
        return (await seenOrUnknown(inquest, 'what clients have in the end', () => readAll(inquest))) ?? [];
      });
      // In this order: the logs that the first one keeps are what the second one reads.
      await seenOrUnknown(inquest, 'whether something leaked', () => notLeaked(inquest));
      await seenOrUnknown(inquest, 'what became of the relays', () => vitalsStillGood(inquest, readings));
      await seenOrUnknown(inquest, 'whether it still has what it locked', () => stillLocked(inquest));
      folder.record({ kind: 'check', summary: 'invariants', data: { ...seen } });
      return seen;
    });
  };

/** Others may break what a run has lost, while it still looks. */
async function stillLocked({ deps, ask, seen }: Inquest): Promise<void> {
  if ((await heldBy(deps, ownerOf(ask.run))) === undefined)
    seen.outside.push('what this run had locked was taken from it: others may have broken what it relies on');
}

async function followed({ deps, ask, seen, strays }: Inquest): Promise<void> {
  for (const client of ask.clients) strays.add(client);
  const told = await reconfigured(deps, ask.run, ask.clients);
  for (const client of ask.clients) if (!told.strays.has(client)) strays.delete(client);
  seen.findings.push(...told.findings);
  const [why] = told.strays.values();
  if (why) throw why;
}

/** What cannot be looked at hides nothing of what was seen. What may go better is tried again with all the rest, as long as it may. */
async function seenOrUnknown<T>(
  { seen, signal }: Inquest,
  what: string,
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    const told = asFailure(error);
    const isFinal = told instanceof ApplicationFailure && told.nonRetryable === true;
    if (signal.aborted || (!isFinal && attemptNow() < MOST_ATTEMPTS)) throw error;
    seen.unknown.push(`${what}: ${(error as Error).message}`);
    return undefined;
  }
}

/** Once all is healed, the system takes a push from every client: one that was cut off may never come back. */
async function pushCanaries(inquest: Inquest, isLast: () => boolean): Promise<void> {
  const { ask, book, clients, messages, seen, strays, whileWhole, signal } = inquest;
  const pushing = clients.map(async (sender, n) => {
    const canary = n === 0 ? ask.canary : { ...ask.canary, id: `${ask.canary.id}-${sender.name}` };
    // As any push: one that a worker's death cut off is replaced, and what an earlier attempt was told still counts.
    return pushAll(book, sender, [canary], { signal, isLast });
  });
  await Promise.allSettled(pushing);
  for (const [n, pushed] of (await Promise.all(pushing)).entries()) {
    messages.push(...pushed);
    whileWhole.push(...pushed.map(({ id }) => id));
    const canary = pushed.at(-1);
    if (n === 0) seen.canary = canary ?? null;
    if (canary === undefined || canary.outcome === 'acknowledged') continue;
    if (canary.endedBy !== undefined || strays.has(canary.from)) {
      seen.unknown.push(`whether the system takes a push once everything is healed: ${canary.evidence}`);
      continue;
    }
    const message = `once everything is healed, a push from ${canary.from} is ${canary.outcome}: ${canary.evidence}`;
    seen.broken.push({ id: 'not-recovered', message, count: 1 });
  }
}
