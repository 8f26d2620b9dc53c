import { setTimeout as pause } from 'node:timers/promises';
import type { MessageSpec } from '../contract/message-spec.ts';
import type { Message } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { stoodStill } from '../hosts/awake.ts';
import { HostError, type ExecResult } from '../hosts/host.ts';
import { push as pushWords, pushFile } from '../zerok/commands.ts';
import { parsePush } from '../zerok/push-output.ts';
import type { PushResult } from '../zerok/push-output.ts';
import { isAnswer } from '../zerok/pull-output.ts';
import { stopwatch } from './clock.ts';
import type { Deps } from './deps.ts';
import { beginAttempt } from './attempts.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { pullPlainly } from './plain-pulls.ts';
import { MessageBook } from './message-book.ts';
import { SyncClient } from './sync-client.ts';

const POLL_MS = 200;

/** Longer texts go by a file: Linux takes 128 KiB as one word of a command (execve(2), MAX_ARG_STRLEN). */
const LONGEST_WORD_BYTES = 60_000;

const SAVE = 'umask 077; cat >"$1"';

/** Pushes one after the other. After a worker's death it goes on: what was under way is indeterminate, and is replaced. */
export const push = (deps: Deps): Steps['push'] =>
  async function push({ run, client, messages, whilePulling }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      // Before the book is read: an earlier attempt that lives begins no push from here on.
      const isLast = beginAttempt(folder);
      const book = new MessageBook(folder, run);
      const sender = new SyncClient(deps, run, client);
      const puller = whilePulling === undefined ? undefined : new SyncClient(deps, run, whilePulling);
      const pushing = () => pushAll(book, sender, messages, { signal, isLast });
      return puller === undefined ? pushing() : pullingMeanwhile(folder, puller, signal, pushing);
    });
  };

interface Trying {
  signal: AbortSignal;
  /** Nobody else pushes these by now. */
  isLast: () => boolean;
}

/**
 * As a user would: plain pulls, one after the other; the last one comes to its end. What they say is judged later, from what was kept.
 * @throws GroundFailed where not one of them was answered: nothing was pulled beside the pushes
 */
async function pullingMeanwhile<T>(
  folder: RunFolder,
  client: SyncClient,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  let isOver = false;
  let said = 'nothing';
  const pull = async (): Promise<number> => {
    let answered = 0;
    while (!isOver && !signal.aborted) {
      const page = await pullPlainly(folder, client, signal).catch((error: Error) => error);
      if (page instanceof Error) {
        said = page.message;
        await pause(POLL_MS);
      } else if (isAnswer(page)) answered += 1;
      else said = page.error?.line ?? page.reason ?? page.kind;
    }
    return answered;
  };
  const pulling = pull();
  const [acted] = await Promise.allSettled([act()]);
  isOver = true;
  const answered = await pulling;
  if (acted.status === 'rejected') throw acted.reason;
  if (answered > 0) return acted.value;
  signal.throwIfAborted();
  throw failure('GroundFailed', `${client.name} got no answer to any pull while pushes went on: ${said}`);
}

/** What was begun is not pushed again: where nobody knows what became of it, another message is pushed in its place. */
export async function pushAll(
  book: MessageBook,
  sender: SyncClient,
  messages: MessageSpec[],
  { signal, isLast }: Trying,
): Promise<Message[]> {
  const pushed: Message[] = [];
  for (const spec of messages) {
    let current: MessageSpec | undefined = spec;
    while (current !== undefined) {
      const earlier = book.earlier(current.id);
      if (!earlier && !isLast()) throw failure('CommandFailed', `another attempt pushes ${current.id} by now`);
      const message: Message = earlier ?? (await pushOne(book, sender, current, signal));
      pushed.push(message);
      current = message.retriedAs === undefined ? undefined : insteadOf(current, message.retriedAs);
    }
  }
  return pushed;
}

/** One byte is the same for a message and for what is pushed in its place, which so could not be told apart. */
const insteadOf = (spec: MessageSpec, id: string): MessageSpec =>
  spec.shape === 'byte' ? { ...spec, id, shape: 'line', bytes: 48 } : { ...spec, id };

/** Pushes one message and records it before and after; a push that went wrong while this process stood still may have been our doing. */
export async function pushOne(
  book: MessageBook,
  sender: SyncClient,
  spec: MessageSpec,
  signal: AbortSignal,
): Promise<Message> {
  const [clock, paused] = [stopwatch(), stoodStill()];
  book.begin(spec, sender.name, sender.machine);
  const result = await pushed(sender, book.textOf(spec), spec, signal);
  if (result.outcome !== 'acknowledged' && paused()) return book.underWay(spec, sender.name);
  mustBeThere(sender, result);
  const { outcome, mayBeStored, blobId, fanOut, cursor, endedBy } = result;
  const evidence = evidenceOf(sender, result);
  const message: Message = {
    ...spec,
    ...{ from: sender.name, outcome, mayBeStored, blobId: blobId ?? null, evidence, seconds: clock() },
    ...(cursor === undefined ? {} : { cursor }),
    ...(endedBy === undefined ? {} : { endedBy }),
  };
  book.end(message, sender.machine, { ms: Math.round(clock() * 1000), fanOut: fanOut ?? null });
  return message;
}

/** The client's own words; where it did not say how it went, which command on which machine did not. */
function evidenceOf(sender: SyncClient, { outcome, reason = 'printed nothing' }: PushResult): string {
  if (outcome === 'acknowledged') return '';
  return outcome === 'refused' ? reason : `\`${sender.cli.command.join(' ')} push\` on ${sender.machine}: ${reason}`;
}

/** A client that is gone, or lost its folder, says nothing of 0k-sync. @throws GroundFailed */
function mustBeThere(sender: SyncClient, result: PushResult): void {
  if (result.outcome !== 'indeterminate' || result.mayBeStored) return;
  throw failure('GroundFailed', `${sender.name} cannot push: ${evidenceOf(sender, result)}`);
}

interface Told extends PushResult {
  endedBy?: string;
}

/** Sent by people, supervisors and a kernel without memory, never by a program to itself; a shell or Docker adds 128 to its number. */
const FROM_OUTSIDE: Record<string, string> = { 129: 'HUP', 130: 'INT', 137: 'KILL', 143: 'TERM' };

/** A client that was ended before it had said how its push went. */
function told(result: ExecResult): Told {
  const parsed = parsePush(result);
  const signal = result.signal ?? FROM_OUTSIDE[String(result.exitCode)];
  const isCut = parsed.outcome === 'indeterminate' && parsed.mayBeStored;
  if (!isCut || signal === undefined || !Object.values(FROM_OUTSIDE).includes(signal)) return parsed;
  return { ...parsed, reason: `ended by SIG${signal}; ${parsed.reason}`, endedBy: signal };
}

/** A push that does not end within its deadline is a result, and says nothing of what was stored. */
async function pushed(
  sender: SyncClient,
  text: string,
  { id, bytes }: MessageSpec,
  signal: AbortSignal,
): Promise<Told> {
  try {
    if (bytes <= LONGEST_WORD_BYTES) return told(await sender.exec(pushWords(sender.cli, text), { signal }));
    const file = `${sender.root}/${id}.txt`;
    await sender.script(SAVE, [file], { stdin: text, signal });
    return told(await sender.exec(pushFile(sender.cli, file), { signal }));
  } catch (error) {
    if (!(error instanceof HostError) || error.kind !== 'timeout') throw error;
    return { outcome: 'indeterminate', mayBeStored: true, reason: error.message };
  }
}
