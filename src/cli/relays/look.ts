import type { Deps } from '../../activities/deps.ts';
import { EXIT } from '../../report/exit-code.ts';
import { duration } from '../../report/look.ts';
import { renderTable } from '../../report/table.ts';
import type { RelayFacts } from '../../activities/relay-facts.ts';
import { configOf, type CommonOptions } from '../common.ts';
import { withDeps } from '../fleet-deps.ts';
import { answer, lookOf, print, say } from '../output.ts';
import { chosenRelays } from './chosen.ts';

/** What was found of one relay, or why it was not. */
interface Found<T> {
  relay: string;
  value: T | null;
  problem: string | null;
}

/** Asks relays side by side; one that does not answer keeps nobody waiting but itself. */
async function ask<T>(
  words: string[],
  options: CommonOptions,
  look: (deps: Deps, relay: string) => Promise<T>,
): Promise<Found<T>[]> {
  const config = await configOf(options);
  const relays = chosenRelays(config.fleet, words);
  const found = await withDeps(config, (deps) =>
    Promise.all(
      relays.map((relay) =>
        look(deps, relay).then(
          (value): Found<T> => ({ relay, value, problem: null }),
          (error: Error): Found<T> => ({ relay, value: null, problem: error.message }),
        ),
      ),
    ),
  );
  if (found.some(({ problem }) => problem !== null)) process.exitCode = EXIT.failed;
  return found;
}

const tableOf = (titles: string[], rows: string[][]): string => renderTable(titles, rows, lookOf(process.stdout));

/** `relays health` */
export async function health(words: string[], options: CommonOptions): Promise<void> {
  const { relayHealth } = await import('../../activities/relay-facts.ts');
  const found = await ask(words, options, relayHealth);
  const titles = ['relay', 'status', 'version', 'uptime', 'connections', 'groups', 'blobs', 'bytes'];
  answer(options.json, found, () =>
    tableOf(
      titles,
      found.map(({ relay, value }) =>
        value === null
          ? [relay, 'NOT WELL']
          : [relay, value.status, value.version, duration(value.uptimeSeconds)].concat(
              [value.connections, value.groups, value.totalBlobs, value.storageBytes].map(String),
            ),
      ),
    ),
  );
  tellProblems(found);
}

/** `relays ids` */
export async function ids(words: string[], options: CommonOptions): Promise<void> {
  const { relayNow } = await import('../../activities/relays.ts');
  const found = await ask(words, options, async (deps, relay) => {
    const { endpointId, container } = await relayNow(deps, relay);
    return { endpointId, container: container.name, status: container.status, startedAt: container.startedAt };
  });
  // Not a table: an id is copied whole.
  answer(options.json, found, () =>
    found.map(({ relay, value }) => `${relay}  ${value?.endpointId ?? 'unknown'}  ${value?.status ?? ''}`).join('\n'),
  );
  tellProblems(found);
}

/** `relays metrics [--raw]` */
export async function metrics(words: string[], options: CommonOptions & { raw?: boolean }): Promise<void> {
  const [{ metricsOf }, { parseMetrics, relayMetrics }] = await Promise.all([
    import('../../activities/relay-facts.ts'),
    import('../../zerok/metrics.ts'),
  ]);
  const raw = await ask(words, options, metricsOf);
  const found = raw.map(({ relay, value: text, problem }) => {
    const parsed = text === null ? null : parseMetrics(text);
    return { relay, problem, raw: text, values: parsed && relayMetrics(parsed), errors: parsed?.errors ?? [] };
  });
  if (options.raw === true && options.json !== true) {
    for (const { relay, value } of raw) if (value !== null) print(`# ${relay}\n${value}`);
  } else {
    const names = [...new Set(found.flatMap(({ values }) => Object.keys(values ?? {})))];
    const rows = names.map((name) => [name, ...found.map(({ values }) => String(values?.[name] ?? '—'))]);
    answer(options.json, found, () => tableOf(['metric', ...found.map(({ relay }) => relay)], rows) || 'no metrics');
  }
  for (const { relay, errors } of found)
    for (const { line, why } of errors) say(`${relay}: line ${line} of its metrics ${why}`);
  tellProblems(raw);
}

/** `relays compare` */
export async function compare(words: string[], options: CommonOptions): Promise<void> {
  const { relayFacts } = await import('../../activities/relay-facts.ts');
  const found = await ask(words, options, relayFacts);
  const facts = found.flatMap(({ value }) => value ?? []);
  answer(options.json, facts, () => compareTable(facts));
  for (const line of new Set(facts.flatMap(({ problems }) => problems))) say(line);
  if (facts.some(({ problems }) => problems.length > 0)) process.exitCode = EXIT.failed;
}

const ROWS: [string, (facts: RelayFacts) => string | number | null | undefined][] = [
  ['endpoint id', ({ endpointId }) => endpointId && `${endpointId.slice(0, 16)}…`],
  ['container', ({ status }) => status],
  ['version', ({ health: is }) => is?.version],
  ['uptime', ({ health: is }) => is && duration(is.uptimeSeconds)],
  ['connections', ({ health: is }) => is?.connections],
  ['groups', ({ health: is }) => is?.groups],
  ['groups with data', ({ health: is }) => is?.groupsWithData],
  ['blobs', ({ health: is }) => is?.totalBlobs],
  ['bytes stored', ({ health: is }) => is?.storageBytes],
  ['pushes', ({ metrics: has }) => has?.['pushes_total']],
  ['pulls', ({ metrics: has }) => has?.['pulls_total']],
  ['bytes received', ({ metrics: has }) => has?.['bytes_received_total']],
  ['bytes sent', ({ metrics: has }) => has?.['bytes_sent_total']],
  ['rate limit hits', ({ metrics: has }) => has?.['rate_limit_hits_total']],
  ['errors', ({ metrics: has }) => has?.['errors_total']],
  ['memory', ({ memoryBytes }) => memoryBytes && `${(memoryBytes / 2 ** 20).toFixed(1)} MiB`],
  ['open files', ({ openFiles }) => openFiles],
];

export const compareTable = (facts: RelayFacts[]): string =>
  tableOf(
    ['', ...facts.map(({ relay }) => relay)],
    ROWS.map(([title, of]) => [title, ...facts.map((one) => String(of(one) ?? '—'))]),
  );

function tellProblems(found: Found<unknown>[]): void {
  for (const { problem } of found) if (problem !== null) say(problem);
}
