/** One line of the Prometheus text format 0.0.4. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  /** May be NaN, +Inf or -Inf: they are legal. */
  value: number;
}

export interface Metrics {
  samples: Sample[];
  /** Lines that are not in the format, each with why; the others are read all the same. */
  errors: { line: number; why: string }[];
}

/** What 0k-sync's relay puts before each name. */
const RELAY_PREFIX = 'sync_relay_';

/** Bounds on what a broken relay may make us read. */
const MAX_LINES = 20_000;
const MAX_ERRORS = 20;

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,?)/y;
const VALUE = /[ \t]+([^ \t]+)(?:[ \t]+-?\d+)?[ \t]*$/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Reads what /metrics answers. @throws never: what is wrong stands in `errors`. */
export function parseMetrics(text: string): Metrics {
  const metrics: Metrics = { samples: [], errors: [] };
  const fail = (line: number, why: string) => {
    if (metrics.errors.length < MAX_ERRORS) metrics.errors.push({ line, why });
  };
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) fail(MAX_LINES, `more than ${MAX_LINES} lines; the rest is left out`);
  for (const [index, raw] of lines.slice(0, MAX_LINES).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const sample = parseLine(line);
    if (typeof sample === 'string') fail(index + 1, sample);
    else metrics.samples.push(sample);
  }
  return metrics;
}

/** The relay's own values by their names without the prefix; a text whose names repeat keeps the last. */
export function relayMetrics({ samples }: Metrics): Record<string, number> {
  const own = samples.filter(({ name }) => name.startsWith(RELAY_PREFIX));
  return Object.fromEntries(own.map(({ name, value }) => [name.slice(RELAY_PREFIX.length), value]));
}

function parseLine(line: string): Sample | string {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return 'does not begin with a name';
  const brace = /^[ \t]*\{/.exec(line.slice(name.length))?.[0];
  const labels = brace ? parseLabels(line, name.length + brace.length) : { labels: {}, end: name.length };
  if (typeof labels === 'string') return labels;
  VALUE.lastIndex = labels.end;
  const word = VALUE.exec(line)?.[1];
  if (word === undefined) return `\`${name}\` has no value`;
  const value = numberOf(word);
  return value === undefined ? `\`${name}\` has a value that is not a number` : { name, labels: labels.labels, value };
}

function parseLabels(line: string, from: number): { labels: Record<string, string>; end: number } | string {
  const entries: [string, string][] = [];
  let at = from;
  for (let comma = ','; comma === ',';) {
    LABEL.lastIndex = at;
    const found = LABEL.exec(line);
    if (found === null) break;
    entries.push([found[1] as string, unescaped(found[2] as string)]);
    comma = found[3] as string;
    at = LABEL.lastIndex;
  }
  const close = /[ \t]*\}/y;
  close.lastIndex = at;
  if (!close.test(line)) return 'its labels are not in the format';
  return { labels: Object.fromEntries(entries), end: close.lastIndex };
}

const unescaped = (value: string): string =>
  value.replace(/\\(.)/g, (whole, c: string) => (c === 'n' ? '\n' : c === '"' || c === '\\' ? c : whole));

function numberOf(word: string): number | undefined {
  if (/^nan$/i.test(word)) return NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(word);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  return NUMBER.test(word) ? Number(word) : undefined;
}
