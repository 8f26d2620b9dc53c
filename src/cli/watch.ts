import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { QUERY_PROGRESS, QUERY_REPORT } from '../contract/names.ts';
import type { ProgressLine } from '../contract/progress.ts';
import type { RunResult } from '../contract/run.ts';
import type { SlowHeal } from '../contract/slow-heal.ts';
import { renderProgressLine } from '../report/terminal.ts';
import { CodecError } from '../temporal/codec/error.ts';
import { lookOf, say } from './output.ts';
import { completed, failedOutcome, type Known, type Outcome } from './outcome.ts';
import { StatusLine } from './status-line.ts';
import type { Link } from './temporal.ts';

const POLL_MS = 500;
/** A query waits for a worker that is there; a silent one is told after as long. */
const QUERY_MS = 4_000;
const RETRY_MS = 1_000;

/** Asks a run that may be without a worker, or whose server may be away. */
export const ask = <T>(
  { connection }: Pick<Link, 'connection'>,
  handle: WorkflowHandle,
  query: string,
  ...args: unknown[]
) => connection.withDeadline(Date.now() + QUERY_MS, () => handle.query<T, unknown[]>(query, ...args));

export type Report = Partial<RunResult> & { phase?: string; slow?: SlowHeal[] };

export const reportOf = (link: Link, handle: WorkflowHandle) => (): Promise<Report> => ask(link, handle, QUERY_REPORT);

export interface WatchOptions {
  /** Ends the watching, not the run. */
  left?: Promise<void>;
  /** Leaves out what was said before. */
  onlyNew?: boolean;
}

/** Follows a run to its end, over deaths of worker and server. Undefined: `left` came first. */
export async function watch(
  link: Link,
  handle: WorkflowHandle,
  known: Known,
  { left, onlyNew = false }: WatchOptions = {},
): Promise<Outcome | undefined> {
  const lines = new Lines(link, handle, new StatusLine(known.startedAtMs), onlyNew);
  const stop = new AbortController();
  const following = lines.follow(stop.signal);
  try {
    const ending = endOf(handle, known);
    const outcome = await (left === undefined ? ending : Promise.race([ending, left.then(() => undefined)]));
    if (outcome !== undefined) await lines.last();
    ending.catch(() => undefined);
    return outcome;
  } finally {
    stop.abort();
    await following;
  }
}

/** How it ended, however often its server goes away before. */
export async function endOf(handle: WorkflowHandle, known: Known): Promise<Outcome> {
  for (;;) {
    try {
      return completed((await handle.result()) as RunResult);
    } catch (error) {
      if (error instanceof WorkflowFailedError) return await failedOutcome(error, known);
      if (error instanceof WorkflowNotFoundError || error instanceof CodecError) throw error;
      await pause(RETRY_MS);
    }
  }
}

/** The lines of progress, each printed once, and the status line below them. */
class Lines {
  readonly #link: Link;
  readonly #handle: WorkflowHandle;
  readonly #status: StatusLine;
  /** Number of the first line that was not told yet. */
  #next = 0;
  #skipping: boolean;
  #busy: Promise<void> | undefined;

  constructor(link: Link, handle: WorkflowHandle, status: StatusLine, onlyNew: boolean) {
    this.#skipping = onlyNew;
    this.#link = link;
    this.#handle = handle;
    this.#status = status;
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#busy ??= this.#ask().finally(() => (this.#busy = undefined));
      this.#status.tick();
      await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#status.clear();
  }

  /** What was said between the last look and the end; not waited for where no worker answers. */
  async last(): Promise<void> {
    await this.#busy;
    await this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      const fresh = await ask<ProgressLine[]>(this.#link, this.#handle, QUERY_PROGRESS, this.#next);
      this.#next = (fresh.at(-1)?.n ?? this.#next - 1) + 1;
      const told = this.#skipping ? [] : fresh;
      this.#skipping = false;
      if (told.length > 0) this.#status.clear();
      for (const line of told) say(renderProgressLine(line, lookOf(process.stderr)));
      this.#status.answered();
      if (this.#status.shown) this.#status.phase = (await reportOf(this.#link, this.#handle)()).phase ?? '';
    } catch {
      // Told by the status line once it lasts.
      this.#status.silent = (await this.#serverAnswers()) ? 'worker' : 'Temporal server';
    }
  }

  #serverAnswers(): Promise<boolean> {
    const asked = this.#link.connection.withDeadline(Date.now() + QUERY_MS, () => this.#handle.describe());
    return asked.then(
      () => true,
      () => false,
    );
  }
}
