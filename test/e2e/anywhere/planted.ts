import type { CommandResult } from '../../../lab/command.ts';
import { renderTable } from '../../../src/report/table.ts';
import type { RunInput, RunResult } from '../../../src/contract/run.ts';

/** How a lab is broken, used and mended: as a person would, by the CLI. */
export interface Hands {
  /** Name of the lab. */
  name: string;
  fleetFile: string;
  ok(...words: string[]): Promise<string>;
  cli(...words: string[]): Promise<CommandResult>;
}

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
export async function plantAndRun(hands: Hands, planting: Planting): Promise<Caught[]> {
  const { name, fleetFile } = hands;
  for (const bug of planting.bugs) await hands.ok('lab', 'break', ...wordsOf(bug), '--name', name);
  try {
    const input = planting.input === undefined ? [] : ['--input', JSON.stringify(planting.input)];
    const { stdout, stderr } = await hands.cli('run', planting.scenario, ...input, '--fleet', fleetFile, '--json');
    const result = stdout.startsWith('{') ? (JSON.parse(stdout) as RunResult) : undefined;
    return planting.bugs.map((bug) => rowOf(planting, bug, result, stderr));
  } finally {
    await hands.ok('lab', 'mend', '--name', name);
  }
}

/** `relay-1:logs-hex` → the words of `lab break`. */
function wordsOf(bug: string): string[] {
  const [first = '', second] = bug.split(':');
  return second === undefined ? [first] : [second, first];
}

function rowOf({ scenario, caught }: Planting, bug: string, result: RunResult | undefined, said: string): Caught {
  const { as, saying } = caught[bug] ?? { as: 'nothing' };
  const verdict = result?.verdict ?? 'none';
  const because = result?.because ?? said.slice(-300);
  if (as === 'inconclusive') return { bug, scenario, as, verdict, isCaught: verdict === as, message: because };
  const all = [...(result?.failures ?? []), ...(result?.findings ?? [])];
  const found = all.find((one) => one.id === as && (saying === undefined || saying.test(one.message)));
  const instead = `${because}; seen: ${all.map(({ id, message }) => `${id} (${message})`).join(', ') || 'nothing'}`;
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
