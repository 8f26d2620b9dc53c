import { describeWatch } from '../fleet/guard-rules.ts';
import type { AbortWhen } from '../fleet/guards.ts';
import { parseMetrics } from '../zerok/metrics.ts';
import type { Deps } from './deps.ts';
import { fail, ok, type Observation } from './ground/observation.ts';
import { httpGet } from './http.ts';

const COMMAND_MS = 20_000;
const EVIDENCE = 200;

/** One look. @returns what is wrong; undefined: nothing. What cannot be seen is wrong. @throws never */
export async function guardLook(deps: Pick<Deps, 'hosts'>, watch: AbortWhen): Promise<string | undefined> {
  if (watch.command) return commandLook(deps, watch.command, watch.machine ?? '');
  const { metric } = watch;
  const answer = await httpGet(metric?.url ?? watch.url ?? '');
  if ('error' in answer) return answer.error;
  if (metric) return answer.ok ? metricLook(answer.text, metric) : `answers ${answer.status}`;
  const { status, contains } = watch;
  if (status === undefined ? !answer.ok : answer.status !== status) return `answers ${answer.status}`;
  return contains === undefined || answer.text.includes(contains)
    ? undefined
    : `answers ${answer.status} without \`${contains}\`: \`${shortened(answer.text)}\``;
}

/** Of several with that name, as with labels, each has to be within the bounds. */
function metricLook(text: string, { name, above, below }: NonNullable<AbortWhen['metric']>): string | undefined {
  const values = parseMetrics(text)
    .samples.filter((sample) => sample.name === name)
    .map(({ value }) => value);
  if (values.length === 0) return `has no metric \`${name}\``;
  // NaN is within no bounds.
  const wrong = values.find((value) => !(value <= (above ?? Infinity) && value >= (below ?? -Infinity)));
  return wrong === undefined ? undefined : `\`${name}\` is ${wrong}`;
}

async function commandLook(
  { hosts }: Pick<Deps, 'hosts'>,
  argv: string[],
  machine: string,
): Promise<string | undefined> {
  try {
    const { exitCode, signal, stdout, stderr } = await hosts.get(machine).exec(argv, { timeoutMs: COMMAND_MS });
    if (exitCode === 0) return undefined;
    const said = shortened(stderr.trim() || stdout.trim());
    return `${signal === null ? `exited ${exitCode}` : `was ended by ${signal}`}${said === '' ? ', and said nothing' : `: ${said}`}`;
  } catch (error) {
    return (error as Error).message;
  }
}

const shortened = (text: string): string => (text.length > EVIDENCE ? `${text.slice(0, EVIDENCE)}…` : text);

/** Of the ground: what would abort a run must be well before anything is broken. */
export async function observeGuard(deps: Pick<Deps, 'hosts'>, watch: AbortWhen): Promise<Observation> {
  const problem = await guardLook(deps, watch);
  if (problem === undefined) return ok(`guard: ${describeWatch(watch)}`);
  const fix = 'mend that first, or change `guards.abortWhen` in the fleet file';
  return fail(`guard: ${describeWatch(watch)}: it does not: ${problem}`, fix);
}
