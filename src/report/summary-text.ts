import type { KnownDefect } from '../contract/known-defects.ts';
import type { ScenarioTally, SuiteResult } from '../contract/suite-result.ts';
import { duration, oneLine, paint, widthOf, wrap, type Look } from './look.ts';
import { renderTable, type Cell } from './table.ts';
import { VERDICT_STYLE } from './terminal.ts';

/** A suite or a soak as a person reads it when it has ended. Ends with a newline. */
export function renderSuite(result: SuiteResult, look: Look = {}): string {
  const { verdict, known, kind, scenarios, residue, seconds, summary } = result;
  const word = verdict === 'failed' && known ? 'FAILED, KNOWN' : verdict.toUpperCase();
  const parts = [
    `${paint(look, VERDICT_STYLE[verdict], word)}  ${paint(look, 'bold', kind)}  in ${duration(seconds)}${result.aborted ? ', aborted' : ''}`,
    wrapped(result.because, look),
    renderTable(['scenario', 'passed', 'failed', 'known', 'inconclusive', 'slowest'], scenarios.map(row), look),
    section('What did not pass', scenarios.flatMap(reasons), look),
    section('Findings, beside the claims', scenarios.flatMap(findings), look),
    section('Known defects that have expired', result.defects.expired.map(entry), look),
    section('Known defects that were not seen', result.defects.unseen.map(entry), look),
    section('Known defects', result.defects.problem === undefined ? [] : [result.defects.problem], look),
    section('NOT PUT BACK', residue, look),
    [`  Summary  ${oneLine(summary.markdown)}`, `  Run      ${oneLine(result.workflowId)} seed ${result.seed}`].join(
      '\n',
    ),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const row = ({ scenario, passed, failed, failedKnown, inconclusive, slowestSeconds }: ScenarioTally): Cell[] => [
  scenario,
  ...[passed, styled(failed, 'red'), styled(failedKnown, 'yellow'), styled(inconclusive, 'yellow')].map((cell) =>
    typeof cell === 'number' ? String(cell) : cell,
  ),
  duration(slowestSeconds),
];

const styled = (count: number, style: 'red' | 'yellow'): Cell | number =>
  count === 0 ? 0 : { text: String(count), style };

const reasons = ({ scenario, reasons: all, flaky }: ScenarioTally): string[] =>
  all.map(({ verdict, known, because, count, journal }) => {
    const how = `${verdict}${known ? ', known' : ''}${count === 1 ? '' : ` ${count} times`}${flaky ? ', flaky' : ''}`;
    return `${scenario} ${how}: ${because}${journal === '' ? '' : ` (${journal})`}`;
  });

const findings = ({ scenario, findings: all }: ScenarioTally): string[] =>
  all.map(({ id, message, count }) => `${scenario} ${id} (${count}): ${message}`);

export const entry = ({ id, expires, reason }: KnownDefect): string => `${id}, until ${expires}: ${reason}`;

function section(title: string, lines: string[], look: Look): string {
  if (lines.length === 0) return '';
  return [`  ${paint(look, 'bold', title)}`, ...lines.map((line) => wrapped(line, look))].join('\n');
}

const INDENT = '  ';

const wrapped = (text: string, look: Look): string =>
  wrap(oneLine(text, look), widthOf(look) - 2 * INDENT.length)
    .map((line, n) => (n === 0 ? INDENT : INDENT + INDENT) + line)
    .join('\n');
