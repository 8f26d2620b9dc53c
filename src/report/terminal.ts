import { whereToLook } from '../contract/finding-ids.ts';
import type { Bite, Delivery, FaultRecord, Finding, RunResult, Verdict } from '../contract/run.ts';
import { duration, oneLine, paint, timeOfDay, widthOf, wrap } from './look.ts';
import type { Look, Style } from './look.ts';
import { renderTable } from './table.ts';
import type { Cell } from './table.ts';

export const VERDICT_STYLE: Record<Verdict, Style> = { passed: 'green', failed: 'red', inconclusive: 'yellow' };

/** A run as a person reads it when it has ended. Ends with a newline. */
export function renderResult(result: RunResult, look: Look = {}): string {
  const { verdict, scenario, seconds } = result;
  const head = `${paint(look, VERDICT_STYLE[verdict], verdict.toUpperCase())}  ${paint(look, 'bold', scenario)}  in ${duration(seconds)}`;
  const parts = [
    head,
    [labelled('Claim', result.claim, look), labelled('Because', result.because, look)].join('\n'),
    section('Faults (times are UTC)', faultTable(result.faults, look), look),
    section('Deliveries', deliveryTable(result.deliveries, look), look),
    section('Failures', findingLines(result.failures, look), look),
    section('Findings, beside the claim', findingLines(result.findings, look), look),
    section('NOT PUT BACK', residueLines(result, look), look),
    [copyable('Journal', result.journal, look), copyable('Run', `${result.workflowId} ${result.runId}`, look)].join(
      '\n',
    ),
    section(
      'Next',
      nextSteps(result)
        .map((line) => wrapped(line, look))
        .join('\n'),
      look,
    ),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** One line of what a run is doing, with what does not fit below it. */
export function renderProgressLine({ at, text }: { at: string; text: string }, look: Look = {}): string {
  const [first = '', ...more] = wrap(oneLine(text, look), widthOf(look) - TIME_COLUMNS);
  return [
    `${paint(look, 'dim', timeOfDay(at))}  ${first}`,
    ...more.map((line) => ' '.repeat(TIME_COLUMNS) + line),
  ].join('\n');
}

/** `10:11:12  `. */
const TIME_COLUMNS = 10;
const LABEL_COLUMNS = 9;
const INDENT = 2;

function labelled(label: string, text: string, look: Look): string {
  const room = widthOf(look) - INDENT - LABEL_COLUMNS;
  const [first = '', ...more] = wrap(oneLine(text, look), room);
  const lines = more.map((line) => ' '.repeat(INDENT + LABEL_COLUMNS) + line);
  return [`${' '.repeat(INDENT)}${paint(look, 'dim', label.padEnd(LABEL_COLUMNS))}${first}`, ...lines].join('\n');
}

/** A value that people copy: on one line, however long. */
const copyable = (label: string, value: string, look: Look): string =>
  `${' '.repeat(INDENT)}${paint(look, 'dim', label.padEnd(LABEL_COLUMNS))}${oneLine(value)}`;

const section = (title: string, body: string, look: Look): string =>
  body === '' ? '' : [' '.repeat(INDENT) + paint(look, 'bold', title), indented(body)].join('\n');

const indented = (body: string): string => body.replace(/^(?=.)/gm, ' '.repeat(INDENT));
const inside = (look: Look): Look => ({ ...look, width: widthOf(look) - INDENT });

/** Text of its own below a title, its further lines set in. */
const wrapped = (text: string, look: Look): string =>
  wrap(oneLine(text, look), widthOf(look) - 2 * INDENT).join(`\n${' '.repeat(INDENT)}`);

function faultTable(faults: readonly FaultRecord[], look: Look): string {
  const rows = faults.map((fault): Cell[] => [
    fault.summary,
    fault.injectedAt === null ? { text: 'no', style: 'yellow' } : timeOfDay(fault.injectedAt),
    healedCell(fault),
    biteCell(fault.bite, look),
  ]);
  return renderTable(['fault', 'injected', 'healed', 'bite'], rows, inside(look));
}

function healedCell({ injectedAt, healedAt, healedBy, healSeconds }: FaultRecord): Cell {
  if (healedAt === null) return injectedAt === null ? '' : { text: 'NO', style: 'red' };
  const took = healSeconds === null ? '' : ` in ${duration(healSeconds)}`;
  const text = `${timeOfDay(healedAt)} by ${healedBy ?? 'nobody known'}${took}`;
  return healedBy === 'frame' ? text : { text, style: 'yellow' };
}

function biteCell(bite: Bite | null, look: Look): Cell {
  if (bite === null) return { text: 'not measured', style: 'yellow' };
  const numbers = biteNumbers(bite, look);
  const text = `${bite.bit ? '' : 'NO: '}${bite.how}${numbers === '' ? '' : ` (${numbers})`}`;
  return bite.bit ? text : { text, style: 'yellow' };
}

/** `rttMs 0.4 → 203 → 0.4`: before, during and after the fault; `-` where nothing was measured. */
function biteNumbers({ before, during, after }: Bite, look: Look): string {
  const names = [...new Set([before, during, after].flatMap((values) => Object.keys(values ?? {})))];
  const arrow = look.ascii === true ? '->' : '→';
  const shown = (values: Bite['before'], name: string): string => {
    const value = values?.[name];
    return typeof value === 'number' ? String(Math.round(value * 100) / 100) : shortId(String(value ?? '-'));
  };
  const times = [before, during, after].filter((values) => values !== undefined);
  return names.map((name) => `${name} ${times.map((values) => shown(values, name)).join(` ${arrow} `)}`).join(', ');
}

/** Of a container, as `docker ps` shows it. */
const shortId = (value: string): string => (/^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value);

/** One row a client. */
function deliveryTable(deliveries: readonly Delivery[], look: Look): string {
  const rows = [...new Set(deliveries.map(({ to }) => to))].map((client): Cell[] => {
    const expected = deliveries.filter(({ to }) => to === client);
    const seconds = expected.flatMap((delivery) => delivery.seconds ?? []).toSorted((a, b) => a - b);
    const extra = expected.reduce((copies, delivery) => copies + Math.max(0, delivery.copies - 1), 0);
    const count = `${seconds.length} of ${expected.length}`;
    const arrived: Cell = seconds.length === expected.length ? count : { text: count, style: 'red' };
    return [client, arrived, ...[median(seconds), seconds.at(-1)].map(orNone), extra === 0 ? 'none' : `${extra}`];
  });
  return renderTable(['to', 'arrived', 'median', 'slowest', 'duplicates'], rows, inside(look));
}

const orNone = (seconds: number | undefined): string => (seconds === undefined ? '-' : duration(seconds));
const median = (sorted: readonly number[]): number | undefined => sorted[Math.floor((sorted.length - 1) / 2)];

/** Each by its name, so that it can be listed as known, and with where to look for its cause. */
const findingLines = (findings: Finding[], look: Look): string =>
  findings
    .map(({ id, message, count }) => {
      const where = whereToLook(id);
      const times = count > 1 ? ` (${count} times)` : '';
      return wrapped(`${id}${times}: ${message}${where === undefined ? '' : `; look at ${where}`}`, look);
    })
    .join('\n');

const residueLines = ({ residue }: RunResult, look: Look): string =>
  residue.map((line) => paint(look, 'red', wrapped(line, look))).join('\n');

/** What the reader would do now, the most urgent first. */
function nextSteps({ verdict, scenario, residue, journal, seed }: RunResult): string[] {
  const steps: string[] = [];
  if (residue.length > 0) steps.push('`0k-chaos heal --all` puts back what is left; `0k-chaos faults` shows it');
  if (verdict === 'inconclusive') steps.push('`0k-chaos doctor` checks the ground, with the fix for each problem');
  if (verdict !== 'passed' && journal !== '') steps.push('the journal has every command, with its output and numbers');
  if (verdict !== 'passed')
    steps.push(`\`0k-chaos run ${scenario} --seed ${seed}\` runs it again, with the same messages`);
  return steps;
}
