import { renderTable } from '../../src/report/table.ts';
import { DEATH_NAMES, nameOf, type Cell } from './axes.ts';
import { ALL_CELLS, POSSIBLE, whyNot } from './cells.ts';
import type { Outcome } from './run-cell.ts';

const LAYERS = ['frame', 'hold', 'sweep', 'lease', 'somebody'];

const seconds = (all: (number | null)[]): string => {
  const known = all.filter((one) => one !== null);
  return known.length === 0 ? '' : `${Math.max(...known).toFixed(1)} s`;
};

const TITLES = ['death', 'can exist', 'run', 'survived', ...LAYERS.map((layer) => `worst by ${layer}`)];

/** A row a death: how many cells there are, were run and survived, and the longest time until nothing was left, by the layer that healed. */
function rows(outcomes: Outcome[]): string[][] {
  const row = (name: string, cells: Cell[], run: Outcome[]): string[] => [
    ...[name, `${cells.length}`, `${run.length}`, `${run.filter(({ problems }) => problems.length === 0).length}`],
    ...LAYERS.map((layer) => seconds(run.filter(({ healedBy }) => healedBy === layer).map((one) => one.healSeconds))),
  ];
  return [
    ...DEATH_NAMES.map((death) =>
      row(
        death,
        POSSIBLE.filter((cell) => cell.death === death),
        outcomes.filter((cell) => cell.death === death),
      ),
    ),
    row('all', POSSIBLE, outcomes),
  ];
}

export const tableOf = (outcomes: Outcome[]): string => renderTable(TITLES, rows(outcomes), { width: 200 });

/** Reasons, and how many cells each rules out. */
function impossible(): [string, number][] {
  const reasons = ALL_CELLS.map(whyNot).filter((why) => why !== undefined);
  return [...new Set(reasons)].map((why) => [why, reasons.filter((one) => one === why).length]);
}

const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;

/** The whole result, for people. */
export function markdownOf(outcomes: Outcome[], at: string): string {
  const lost = outcomes.filter(({ problems }) => problems.length > 0);
  const table = [TITLES, TITLES.map(() => '---'), ...rows(outcomes)].map(line);
  return [
    '# The kill matrix',
    `${at.slice(0, 10)}: ${outcomes.length} of ${POSSIBLE.length} cells were run, ${outcomes.length - lost.length} survived.`,
    'Times are from the death until the machines’ own tools show nothing any more, looks included.',
    table.join('\n'),
    `## Cells that did not survive\n\n${lost.map((cell) => `- ${nameOf(cell)}: ${cell.problems.join('; ')}`).join('\n') || 'None.'}`,
    `## Cells that cannot exist\n\n${impossible()
      .map(([why, count]) => `- ${count}: ${why}`)
      .join('\n')}`,
    '',
  ].join('\n\n');
}
