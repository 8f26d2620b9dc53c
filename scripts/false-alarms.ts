import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { needsNetem } from '../test/e2e/anywhere/passes-all.ts';
import { onContainers, runScript, type Place } from './on-containers.ts';
import { say } from './run-program.ts';

const USAGE = `usage: node --import tsx scripts/false-alarms.ts [rounds, default 10] [--machines vm|containers]
  The whole catalogue, so many times in a row, on clean labs: every run has to pass, and nothing is to be found. What needs netem runs on
  virtual machines, the rest beside it on containers. --machines vm: all of it there; containers: what needs no netem.
  Ctrl-C ends it and its labs; the next call goes on with what is left.
  Exit code 0: complete, and it holds; 1: a false alarm; 2: words that make no sense; 3: not complete.`;

const LAB = fileURLToPath(new URL('false-alarms-lab.ts', import.meta.url));
const ALL = Object.keys(scenarios);
const WITHOUT_NETEM = ALL.filter((name) => !needsNetem.has(name));

interface Asked {
  rounds: string;
  machines: string | undefined;
}

/** Undefined: words that make no sense. */
function readWords(): Asked | undefined {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { machines: { type: 'string' } } });
    const [rounds = '10', ...more] = positionals;
    const { machines } = values;
    const makesSense = /^[1-9]\d{0,3}$/.test(rounds) && more.length === 0;
    return makesSense && [undefined, 'vm', 'containers'].includes(machines) ? { rounds, machines } : undefined;
  } catch {
    return undefined;
  }
}

const onLab = (rounds: string, machines: string, names: string[], place?: Place): Promise<number> =>
  runScript(LAB, [rounds, machines, ...names], place, machines);
const onVms = (rounds: string, names: string[]): Promise<number> => onLab(rounds, 'vm', names);
const natively = (rounds: string): Promise<number> =>
  onContainers((place) => onLab(rounds, 'containers', WITHOUT_NETEM, place));

async function main(): Promise<number> {
  const asked = readWords();
  if (!asked) {
    say(USAGE);
    return 2;
  }
  const { rounds, machines } = asked;
  if (machines === 'vm') return onVms(rounds, ALL);
  if (machines === 'containers') return natively(rounds);
  const codes = await Promise.all([onVms(rounds, [...needsNetem]), natively(rounds)]);
  // A false alarm counts for more than what is left to do.
  return codes.includes(1) ? 1 : Math.max(...codes);
}

process.exit(await main());
