import { mendLab, plantAll } from '../../lab/lab.ts';
import { renderTable } from '../../src/report/table.ts';
import type { RunInput } from '../../src/contract/run.ts';
import type { Ended, TestLab } from './test-lab.ts';

/** Bugs that are planted at the same time, and the one run that has to catch each of them. */
export interface Planting {
  /** In the words of BUGS: `relay-1:logs-plaintext`. */
  bugs: string[];
  scenario: string;
  input?: RunInput;
  /** By bug: the failure or finding, what its message names, or `inconclusive`. */
  caught: Record<string, { as: string; saying?: RegExp }>;
}

export interface Caught {
  bug: string;
  scenario: string;
  as: string;
  verdict: string;
  isCaught: boolean;
  /** What the report says of it, or what it said instead. */
  message: string;
}

/** Plants, runs, mends. One row a bug. */
export async function plantAndRun(here: TestLab, planting: Planting): Promise<Caught[]> {
  const { name } = here.lab;
  await plantAll(planting.bugs.join(','), { name });
  try {
    const ended = await here.run(planting.scenario, planting.input);
    return planting.bugs.map((bug) => rowOf(planting, bug, ended));
  } finally {
    await mendLab(null, { name });
  }
}

function rowOf({ scenario, caught }: Planting, bug: string, { result, message, kind }: Ended): Caught {
  const { as, saying } = caught[bug] ?? { as: 'nothing' };
  const verdict = result?.verdict ?? kind ?? 'none';
  if (as === 'inconclusive') {
    return { bug, scenario, as, verdict, isCaught: kind === 'Inconclusive' || kind === 'GroundFailed', message };
  }
  const all = [...(result?.failures ?? []), ...(result?.findings ?? [])];
  const found = all.find((one) => one.id === as && (saying === undefined || saying.test(one.message)));
  const instead = `${message}; seen: ${all.map(({ id }) => id).join(', ') || 'nothing'}`;
  return { bug, scenario, as, verdict, isCaught: found !== undefined, message: found?.message ?? instead };
}

/** As Markdown-like columns, for people and for the log of a test run. */
export const tableOf = (rows: Caught[]): string =>
  renderTable(
    ['bug', 'caught by', 'as', 'verdict', 'the report says'],
    rows.map(({ bug, scenario, as, verdict, isCaught, message }) => {
      return [
        bug,
        scenario.split('_').slice(0, 2).join('_'),
        isCaught ? as : `NOT as ${as}`,
        verdict,
        message.slice(0, 70),
      ];
    }),
    { width: 160 },
  );
