import { z } from 'zod';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { RunInput, RunResult } from '../contract/run.ts';

/** Of the file's layout. Raised when a reader of the former one would misread it; new optional fields do not raise it. */
const JOURNAL_VERSION = 1;

const time = z.iso.datetime();
const seconds = z.number().nonnegative();
const measured = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]));

/**
 * Something that happened. Kinds in use: `command`, `fault`, `heal`, `lease`, `push-begun`, `push`, `delivery`, `check`,
 * `note`, `error`. Readers show a kind that they do not know as a note.
 */
const event = z.object({
  at: time,
  kind: z.string().regex(/^[a-z][a-z-]{0,31}$/),
  machine: z.string().exactOptional(),
  /** One line for people. */
  summary: z.string(),
  /** How long it took. */
  ms: z.number().nonnegative().exactOptional(),
  data: z.record(z.string(), z.unknown()).exactOptional(),
});

const bite = z.object({
  bit: z.boolean(),
  how: z.string(),
  before: measured.exactOptional(),
  during: measured.exactOptional(),
  after: measured.exactOptional(),
});

const fault = z.object({
  id: z.string(),
  /** Not a list here: a new fault must not touch this file. */
  kind: z.custom<FaultSpec['kind']>((kind) => typeof kind === 'string', 'the kind of a fault'),
  target: z.string(),
  summary: z.string(),
  injectedAt: time.nullable(),
  healedAt: time.nullable(),
  healedBy: z.enum(['frame', 'hold', 'sweep', 'lease', 'hand', 'somebody']).nullable(),
  healSeconds: seconds.nullable(),
  byLease: z.literal(true).exactOptional(),
  notBack: z.string().exactOptional(),
  bite: bite.nullable(),
});

const finding = z.object({ id: z.string(), message: z.string(), count: z.int().nonnegative() });

/** `RunResult` of the contract, as read back from a file. */
const runResultSchema: z.ZodType<RunResult> = z.object({
  scenario: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  verdict: z.enum(['passed', 'failed', 'inconclusive']),
  claim: z.string(),
  because: z.string(),
  seconds,
  seed: z.int().nonnegative(),
  faults: z.array(fault),
  failures: z.array(finding),
  findings: z.array(finding),
  deliveries: z.array(
    z.object({
      ...{ message: z.string(), to: z.string(), seconds: seconds.nullable() },
      ...{ copies: z.int().nonnegative(), cursor: z.int().nullable() },
    }),
  ),
  residue: z.array(z.string()),
  journal: z.string(),
  iterations: z
    .array(
      z.object({
        ...{ workflowId: z.string(), runId: z.string(), because: z.string(), seconds, journal: z.string() },
        verdict: z.enum(['passed', 'failed', 'inconclusive']),
      }),
    )
    .exactOptional(),
});

/** journal.json: everything that happened in one run, and what came of it. */
const journalSchema = z.object({
  version: z.literal(JOURNAL_VERSION),
  run: z.object({
    scenario: z.string(),
    workflowId: z.string(),
    runId: z.string(),
    claim: z.string(),
    /** As the run was started; with `scenario` it is enough to start it again. */
    input: z.record(z.string(), z.unknown()),
    /** Name of the fleet. */
    fleet: z.string(),
    startedAt: time,
    endedAt: time,
    /** Of what ran it, by name: `0k-chaos`, `node`, `temporal`. */
    versions: z.record(z.string(), z.string()),
  }),
  result: runResultSchema,
  /** In the order in which they happened. */
  events: z.array(event),
});

export type Journal = z.infer<typeof journalSchema>;
export type JournalEvent = z.infer<typeof event>;

export interface JournalParts {
  result: RunResult;
  input: RunInput;
  fleet: string;
  startedAt: string;
  endedAt: string;
  versions: Record<string, string>;
}

/** Events of a run that was resumed come from several workers: they are put in order of time, equal times as they stand. */
export function journalOf(events: readonly JournalEvent[], { result, ...rest }: JournalParts): Journal {
  const { scenario, workflowId, runId, claim } = result;
  return {
    version: JOURNAL_VERSION,
    run: { scenario, workflowId, runId, claim, ...rest },
    result,
    events: events.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  };
}

/** Reads journal.json. @throws never. */
export function parseJournal(text: string): { journal: Journal } | { error: string } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { error: `not JSON: ${(error as Error).message}` };
  }
  const version = (content as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > JOURNAL_VERSION) {
    return {
      error: `written in version ${version} of the layout, this reads up to ${JOURNAL_VERSION}: update 0k-chaos`,
    };
  }
  const parsed = journalSchema.safeParse(content);
  return parsed.success ? { journal: parsed.data } : { error: z.prettifyError(parsed.error) };
}
