import type { KnownDefect } from '../contract/known-defects.ts';
import type { ScenarioTally, SuiteResult } from '../contract/suite-result.ts';
import { duration } from './look.ts';

/** summary.md: what a maintainer reads in the morning. */
export function summaryMarkdown(result: SuiteResult): string {
  const { kind, workflowId, fleet, seed, startedAt, scenarios, residue, defects, aborted } = result;
  const parts = [
    `# ${title(result)}`,
    `${plain(result.because)}${aborted ? ' (aborted)' : ''}`,
    list([
      `${kind} \`${workflowId}\` on the fleet \`${fleet}\``,
      `began ${startedAt}, took ${duration(result.seconds)}, seed ${seed}`,
    ]),
    ...section('Not put back', list(residue.map(plain))),
    ...section('Scenarios', table(COLUMNS, scenarios.map(row))),
    ...section('What did not pass', scenarios.flatMap(reasons).join('\n')),
    ...section('Flaky', list(scenarios.filter(({ flaky }) => flaky).map(flake))),
    ...section('Findings, beside the claims', scenarios.flatMap(findings).join('\n')),
    ...section('Known defects that were seen', list(defects.seen.map(entry))),
    ...section('Known defects that have expired', list(defects.expired.map(entry))),
    ...section('Known defects that were not seen', list(defects.unseen.map(entry))),
    ...section('Known defects', defects.problem === undefined ? '' : plain(defects.problem)),
  ];
  return `${parts.join('\n\n')}\n`;
}

const title = ({ verdict, known, kind }: SuiteResult): string =>
  `${verdict === 'failed' && known ? 'failed, known' : verdict}: ${kind}`;

const COLUMNS = ['scenario', 'passed', 'failed', 'failed, known', 'inconclusive', 'slowest'];

const row = ({ scenario, passed, failed, failedKnown, inconclusive, slowestSeconds }: ScenarioTally): string[] => [
  `\`${scenario}\``,
  ...[passed, failed, failedKnown, inconclusive].map(String),
  `${slowestSeconds.toFixed(1)} s`,
];

const reasons = ({ scenario, reasons: all }: ScenarioTally): string[] =>
  all.map(({ verdict, known, because, count, failures, journal }) => {
    const names = failures.length === 0 ? '' : ` [${failures.join(', ')}]`;
    const times = count === 1 ? '' : ` (${count} times)`;
    const where = journal === '' ? '' : `\n  journal: \`${journal}\``;
    return `- \`${scenario}\` ${verdict}${known ? ', known' : ''}${names}${times}: ${plain(because)}${where}`;
  });

const flake = ({ scenario, passed, failed, failedKnown, inconclusive }: ScenarioTally): string =>
  `\`${scenario}\`: ${passed} passed, ${failed + failedKnown} failed, ${inconclusive} inconclusive`;

const findings = ({ scenario, findings: all }: ScenarioTally): string[] =>
  all.map(({ id, message, count }) => `- \`${scenario}\` ${id} (${count}): ${plain(message)}`);

const entry = ({ id, scenarios, reason, link, expires }: KnownDefect): string =>
  `\`${id}\`${scenarios === undefined ? '' : ` in ${scenarios.join(', ')}`}, until ${expires}: ${plain(reason)}${link === undefined ? '' : ` ${link}`}`;

const section = (heading: string, body: string): string[] => (body === '' ? [] : [`## ${heading}\n\n${body}`]);

const list = (lines: string[]): string => lines.map((line) => `- ${line}`).join('\n');

const table = (columns: string[], rows: string[][]): string =>
  rows.length === 0
    ? ''
    : [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What machines printed may hold anything. */
const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\|<*[]/g, '\\$&');
