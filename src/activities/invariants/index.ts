import type { Message } from '../../contract/run.ts';
import type { Invariants, InvariantsAsk, Steps } from '../../contract/steps.ts';
import { reconfigure } from '../arrange.ts';
import type { Deps } from '../deps.ts';
import { beating } from '../heartbeat.ts';
import { RunFolder } from '../journal.ts';
import { MessageBook } from '../message-book.ts';
import { pushOne } from '../push.ts';
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
      const book = new MessageBook(folder, ask.run);
      const clients = ask.clients.map((name) => new SyncClient(deps, ask.run, name));
      const seen: Inquest['seen'] = {
        canary: null,
        deliveries: [],
        broken: [],
        unknown: [],
        clockJumps: [],
        findings: [],
      };
      const inquest: Inquest = { deps, folder, book, ask, clients, messages: [...ask.messages], signal, seen };
      const readings = await tapped(inquest, async (listening) => {
        await Promise.all([listening, reconfigure(deps)({ run: ask.run, clients: ask.clients })]);
        await pushCanary(inquest);
        return readAll(inquest);
      });
      // In this order: the logs that the first one keeps are what the second one reads.
      await notLeaked(inquest);
      await vitalsStillGood(inquest, readings);
      folder.record({ kind: 'check', summary: 'invariants', data: { ...seen } });
      return seen;
    });
  };

/** Once all is healed, the system takes a push. */
async function pushCanary({ ask, book, clients, messages, seen, signal }: Inquest): Promise<void> {
  const [sender] = clients;
  if (!sender) return;
  const earlier = book.earlier(ask.canary.id);
  const canary = earlier ?? (await pushOne(book, sender, ask.canary, signal));
  messages.push(canary);
  seen.canary = canary;
  if (canary.outcome === 'acknowledged' || earlier !== undefined) return;
  const message = `once everything is healed, a push from ${sender.name} is ${canary.outcome}: ${canary.evidence}`;
  seen.broken.push({ id: 'not-recovered', message, count: 1 });
}
