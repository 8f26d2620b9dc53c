import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Workflow } from '@temporalio/common';
import { SUITE_WORKFLOW } from '../src/contract/suite.ts';
import { parseJournal } from '../src/report/journal.ts';
import type { JournalEvent } from '../src/report/journal.ts';
import type { TestLab } from '../test/e2e/test-lab.ts';
import { inAll, PARALLEL, rounded, tableOf, total, type Compared, type Together } from './catalogue-rows.ts';
import type { Row } from './exec.bench.ts';
import { GuideHarness, WAITS } from './guide/harness.ts';
import type { GuidePlaces } from './guide/harness.ts';
import { guideScenarios } from './guide/scenarios.ts';
import { scenariosLike } from './words.ts';

interface CatalogueResults {
  note: string;
  waitSeconds: typeof WAITS;
  scenarios: Record<string, Compared>;
  /** The chosen ones as `run --all --parallel 4` runs them. */
  together?: Together;
}

const NOTE =
  "Both ways in one lab, one scenario at a time, on the same machine. The lab's product times (30 s for a dead relay, …) are a tenth of " +
  "(where processors are emulated: a fifth of) the real ones; the guide's fixed waits are real seconds and do not shrink, which is a part of the point: see ratioWithoutWaits.";

/** The catalogue here and the guide's way, those scenarios of it; what was measured before in the same `file` stays and counts. */
export async function benchCatalogue(lab: TestLab, places: GuidePlaces, file: string, names: string[]): Promise<Row[]> {
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CatalogueResults) : undefined;
  const measured: Record<string, Compared> = { ...before?.scenarios };
  const write = (together: Together | undefined): void => {
    const inOrder = Object.fromEntries(
      scenariosLike(['']).flatMap((one) => (measured[one] ? [[one, measured[one]]] : [])),
    );
    const results: CatalogueResults = {
      note: NOTE,
      waitSeconds: WAITS,
      scenarios: inOrder,
      ...(together && { together }),
    };
    writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  };
  for (const name of names) {
    measured[name] = await compare(lab, places, name);
    write(before?.together);
    process.stderr.write(`${tableOf({ [name]: measured[name] })}\n`);
  }
  process.stderr.write(`${tableOf(measured)}\n`);
  const together = await sideBySide(lab, names);
  write(together);
  const theirs = together.scenarios.flatMap((name) => measured[name] ?? []);
  return [total(Object.values(measured)), inAll(theirs, together)];
}

/** As one suite, what does not collide side by side. */
async function sideBySide(lab: TestLab, names: string[]): Promise<Together> {
  const workflowId = `bench-together-${process.pid}`;
  const options = { taskQueue: 'Q', workflowId, args: [{ scenarios: names, parallel: PARALLEL }] };
  const { seconds, result } = await timed(() =>
    lab.client.workflow.execute<Workflow>(SUITE_WORKFLOW, options).then(
      () => 'passed',
      (error: Error) => error.cause?.toString() ?? error.message,
    ),
  );
  return { scenarios: names, seconds, verdict: result, at: new Date().toISOString() };
}

async function compare(lab: TestLab, places: GuidePlaces, name: string): Promise<Compared> {
  const ours = await timed(() => lab.run(name));
  const guide = new GuideHarness(places);
  const theirs = await timed(() => theGuidesWay(guide, name));
  const { result, message } = ours.result;
  const events = await eventsOf(result?.journal);
  return {
    ...{ ours: ours.seconds, verdict: result?.verdict ?? message, guide: theirs.seconds, waits: guide.waited },
    ...{ commands: guide.commands, guideGot: `${theirs.result.got} of ${theirs.result.of}` },
    ratio: rounded(theirs.seconds / ours.seconds),
    ratioWithoutWaits: rounded((theirs.seconds - guide.waited) / ours.seconds),
    sync: slowest(events.filter(({ kind }) => kind === 'delivery').map(({ ms = 0 }) => ms / 1000)),
    failover: failover(events),
    heal: slowest((result?.faults ?? []).map(({ healSeconds }) => healSeconds)),
    at: new Date().toISOString(),
  };
}

/** A test of the guide: its template (§7.2) around the steps. */
async function theGuidesWay(guide: GuideHarness, name: string): Promise<{ got: number; of: number }> {
  await guide.connect();
  await guide.initAndPairAll();
  const got = await guideScenarios[name]?.(guide);
  await guide.cleanup();
  if (!got) throw new Error(`the guide's way of ${name} is missing in bench/guide/scenarios.ts`);
  return got;
}

async function eventsOf(journal: string | undefined): Promise<JournalEvent[]> {
  const read = journal === undefined ? undefined : parseJournal(await readFile(journal, 'utf8'));
  return read && 'journal' in read ? read.journal.events : [];
}

/** The first push after the first fault. */
function failover(events: JournalEvent[]): number | null {
  const fault = events.find(({ kind }) => kind === 'fault');
  const push = events.find(
    ({ kind, at, data }) => kind === 'push' && fault !== undefined && begun(at, data) > fault.at,
  );
  return push?.ms === undefined ? null : rounded(push.ms / 1000);
}

/** A push is recorded at its end. */
const begun = (at: string, data: Record<string, unknown> | undefined): string =>
  new Date(Date.parse(at) - Number(data?.['seconds'] ?? 0) * 1000).toISOString();

async function timed<T>(act: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const started = performance.now();
  const result = await act();
  return { seconds: rounded((performance.now() - started) / 1000), result };
}

function slowest(seconds: (number | null)[]): number | null {
  const known = seconds.filter((one) => one !== null);
  return known.length === 0 ? null : rounded(Math.max(...known));
}
