import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { push as pushWords } from '../zerok/commands.ts';
import { matchPulled } from '../zerok/match-pulled.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import { parsePush } from '../zerok/push-output.ts';
import { HostError } from '../hosts/host.ts';
import type { PushResult } from '../zerok/push-output.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating, secondsSince } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { SyncClient } from './sync-client.ts';

const POLL_MS = 500;

/** Pushes one after the other. After a worker's death it goes on: what was under way is indeterminate, and is replaced. */
export const push = (deps: Deps): Steps['push'] =>
  async function push({ run, client, texts }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const messages: Message[] = [];
      const sender = new SyncClient(deps, run, client);
      for (const text of texts) {
        let current = text;
        let earlier = earlierPush(folder, current);
        while (earlier?.retriedAs !== undefined) {
          messages.push(earlier);
          current = earlier.retriedAs;
          earlier = earlierPush(folder, current);
        }
        messages.push(earlier ?? (await pushOne(folder, sender, current, signal)));
      }
      return messages;
    });
  };

async function pushOne(folder: RunFolder, sender: SyncClient, text: string, signal: AbortSignal): Promise<Message> {
  const startedAt = Date.now();
  folder.record({
    kind: 'push-begun',
    machine: sender.machine,
    summary: `${sender.name} pushes`,
    data: { text, from: sender.name },
  });
  const parsed = await pushed(sender, text, signal);
  const evidence =
    parsed.outcome === 'acknowledged' ? '' : (parsed.reason ?? 'it printed nothing that says how it went');
  const message: Message = {
    text,
    from: sender.name,
    outcome: parsed.outcome,
    evidence,
    seconds: secondsSince(startedAt),
  };
  folder.record({
    kind: 'push',
    machine: sender.machine,
    summary: `${sender.name} pushed: ${parsed.outcome}`,
    ms: Date.now() - startedAt,
    data: { ...message, blobId: parsed.blobId ?? null, fanOut: parsed.fanOut ?? null },
  });
  return message;
}

/** A push that does not end within its deadline is a result, and says nothing of what was stored. */
async function pushed(sender: SyncClient, text: string, signal: AbortSignal): Promise<PushResult> {
  try {
    return parsePush(await sender.exec(pushWords(sender.cli, text), { signal }));
  } catch (error) {
    if (!(error instanceof HostError) || error.kind !== 'timeout') throw error;
    return { outcome: 'indeterminate', mayBeStored: true, reason: error.message };
  }
}

/** What an earlier attempt of this activity knows of `text`: its outcome, or that it was under way when the worker died. */
function earlierPush(folder: RunFolder, text: string): Message | undefined {
  const events = folder.events().filter(({ data }) => data?.['text'] === text);
  const done = events.findLast(({ kind }) => kind === 'push');
  if (done) return done.data as unknown as Message;
  const begun = events.findLast(({ kind }) => kind === 'push-begun');
  if (!begun) return undefined;
  return {
    ...{ text, from: String(begun.data?.['from']), outcome: 'indeterminate', seconds: 0 },
    ...{ evidence: 'the worker died during this push', retriedAs: `${text} again` },
  };
}

/** Every text that any client began to push in this run: what a pull may show. */
export const textsOf = (folder: RunFolder): string[] =>
  folder.events().flatMap(({ kind, data }) => (kind === 'push-begun' ? [String(data?.['text'])] : []));

/** Pulls again and again until every text is there, or the fleet's deadline for deliveries has passed. */
export const awaitDelivery = (deps: Deps): Steps['awaitDelivery'] =>
  async function awaitDelivery({ run, client, texts }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const receiver = new SyncClient(deps, run, client);
      const arrived = new Map<string, { seconds: number; copies: number }>();
      const startedAt = Date.now();
      const deadline = startedAt + deps.fleet.times.deliverSeconds * 1000;
      for (;;) {
        const pages = await receiver.pullAll(receiver.cli, { signal });
        mustBeArranged(client, pages);
        const pulled = matchPulled(pages, textsOf(folder));
        const seconds = secondsSince(startedAt);
        for (const { text, copies } of pulled.found) {
          arrived.set(text, { seconds: arrived.get(text)?.seconds ?? seconds, copies });
        }
        if (texts.every((text) => arrived.has(text)) || Date.now() > deadline) break;
        await pause(POLL_MS);
      }
      const deliveries = texts.map((text) => ({
        text,
        to: client,
        ...(arrived.get(text) ?? { seconds: null, copies: 0 }),
      }));
      const there = deliveries.filter(({ seconds }) => seconds !== null).length;
      folder.record({
        kind: 'delivery',
        machine: receiver.machine,
        summary: `${client} has ${there} of ${texts.length}`,
        ms: Date.now() - startedAt,
        data: { deliveries },
      });
      return deliveries;
    });
  };

/** One look at what the client can get at this moment; a pull that fails gets nothing. */
export const look = (deps: Deps): Steps['look'] =>
  async function look({ run, client, texts }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const receiver = new SyncClient(deps, run, client);
      const pages = await receiver.pullAll(receiver.cli, { signal });
      mustBeArranged(client, pages);
      const { found } = matchPulled(pages, textsOf(folder));
      const present = found.map(({ text }) => text).filter((text) => texts.includes(text));
      const evidence = evidenceOf(pages);
      folder.record({
        kind: 'check',
        machine: receiver.machine,
        summary: `${client} has ${present.length} of ${texts.length}: ${evidence}`,
      });
      return { present, evidence };
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
