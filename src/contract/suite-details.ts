import { plain, section } from './details.ts';
import type { Item } from './suite.ts';
import type { RunGroup } from './tally.ts';

/** A suite or a soak as its live page in the Temporal UI shows it. */
export interface SuiteDetails {
  kind: string;
  phase: string;
  because?: string | undefined;
  fleet: string;
  seed: number;
  done: number;
  /** Absent: nobody knows, as in a soak. */
  total?: number | undefined;
  groups: RunGroup[];
  running: Item[];
  lines: { at: string; text: string }[];
}

const LINES = 12;
const COLUMNS = ['scenario', 'passed', 'failed', 'inconclusive', 'slowest', 'now'];

/** In Markdown, for `setCurrentDetails`. Safe in the workflow sandbox. */
export function renderSuiteDetails(page: SuiteDetails): string {
  const { kind, phase, because, fleet, seed, done, total, lines } = page;
  const names = [...new Set([...page.groups, ...page.running].map(({ scenario }) => scenario))];
  return [
    `### ${kind} on ${plain(fleet)}: ${plain(phase)}`,
    `${done}${total === undefined ? '' : ` of ${total}`} runs, seed ${seed}`,
    ...(because === undefined ? [] : [`**Because:** ${plain(because)}`]),
    ...section(
      'Scenarios',
      COLUMNS,
      names.map((name) => row(page, name)),
      names.length,
    ),
    ...section(
      'Steps',
      ['', 'what'],
      lines.slice(-LINES).map(({ at, text }) => [at.slice(11, 19), plain(text)]),
    ),
  ].join('\n\n');
}

function row({ groups, running }: SuiteDetails, scenario: string): string[] {
  const mine = groups.filter((group) => group.scenario === scenario);
  const counted = (verdict: string): string =>
    String(mine.filter((group) => group.verdict === verdict).reduce((total, { count }) => total + count, 0));
  const slowest = Math.max(0, ...mine.map(({ slowestSeconds }) => slowestSeconds));
  const now = running.filter((item) => item.scenario === scenario).map(({ n }) => `run ${n}`);
  const counts = ['passed', 'failed', 'inconclusive'].map(counted);
  return [plain(scenario), ...counts, slowest === 0 ? '' : `${slowest.toFixed(1)} s`, now.join(', ')];
}
