import { hostname, userInfo } from 'node:os';
import { brakeMachine, pullBrake, type BrakedMachine } from '../../activities/brake.ts';
import type { Config } from '../../config.ts';
import { describeBrake, RELEASE, type Brake } from '../../contract/brake.ts';
import { EXIT } from '../../report/exit-code.ts';
import { duration } from '../../report/look.ts';
import { isHealed, lineOf, render, type Line } from '../heal.ts';
import { withLedgers, type Answered } from '../ledgers.ts';
import { answer, print, say } from '../output.ts';
import type { Cancelled } from './runs.ts';

interface Machine {
  machine: string;
  braked: boolean;
  healed: Line[];
  /** Not put back, or not known to be. */
  left: Line[];
  /** Why it is not braked, or nobody knows; null: it is. */
  problem: string | null;
}

interface Pulled {
  brake: Brake;
  /** Why new runs are not refused here; null: they are. */
  problem: string | null;
  machines: Machine[];
  runs: Cancelled;
  seconds: number;
}

/** Refuses first, and then cancels and heals side by side: no machine waits for another, nor for Temporal. */
export async function pull(config: Config, reason: string, json: boolean | undefined): Promise<void> {
  const startedAt = Date.now();
  const tell = json === true ? () => undefined : print;
  const wanted: Brake = { fleet: config.fleet.name, reason, who: whoIsIt(), since: new Date().toISOString() };
  const { brake, problem } = pulledHere(config, wanted);
  const already = brake === wanted ? '' : ', and was before: its first reason stays; everything is stopped once more';
  tell(`${describeBrake(brake)}${already}`);
  if (problem === null) tell(`refused from now on, here: every new run and every fault (fleet ${config.fleet.name})`);
  const { cancelRuns } = await import('./runs.ts');
  const [machines, runs] = await Promise.all([
    brakeMachines(config, brake, tell),
    cancelRuns(config).then((done) => (renderRuns(done).forEach(tell), done)),
  ]);
  const pulled: Pulled = { brake, problem, machines, runs, seconds: (Date.now() - startedAt) / 1000 };
  answer(json, pulled, () => ending(pulled));
  if (problem !== null) say(`NOT refused here, but on the machines that are braked: ${problem}`);
  for (const one of machines) if (one.problem !== null) say(`${one.machine}: ${one.problem}`);
  const isWhole = problem === null && machines.every((one) => one.problem === null && one.left.length === 0);
  if (!isWhole) process.exitCode = EXIT.notHealed;
}

/** A disk that is full, or may not be written, keeps nobody from stopping all the rest. */
function pulledHere(config: Config, wanted: Brake): Pick<Pulled, 'brake' | 'problem'> {
  try {
    return { brake: pullBrake(config, wanted), problem: null };
  } catch (error) {
    return { brake: wanted, problem: (error as Error).message };
  }
}

function whoIsIt(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A user id without a name.
    return `uid ${process.getuid?.() ?? '?'}@${hostname()}`;
  }
}

async function brakeMachines(config: Config, brake: Brake, tell: (line: string) => void): Promise<Machine[]> {
  return withLedgers(config, async (ledgers) => {
    const answers = await ledgers.each(async (ledger, machine) => {
      const done = await brakeMachine(ledger, brake, 'hand');
      if (done.unbraked === undefined) tell(`${machine}: the brake is on, nothing is broken there any more`);
      for (const reply of done.healed) tell(render(lineOf(machine, reply)));
      return done;
    });
    return answers.map(outcomeOf);
  });
}

function outcomeOf({ machine, value, error }: Answered<BrakedMachine>): Machine {
  const lines = (value?.healed ?? []).map((reply) => lineOf(machine, reply));
  const missed =
    `does not answer, so it is braked from here only: ${error}. ` +
    'Its leases heal it; the next sweep, run or start of a worker that reaches it puts the brake on, and heals it.';
  return {
    machine,
    braked: value !== undefined && value.unbraked === undefined,
    healed: lines.filter(({ state }) => isHealed(state)),
    left: lines.filter(({ state }) => !isHealed(state)),
    problem: error === undefined ? (value?.unbraked ?? null) : missed,
  };
}

const LATER = 'what lives is refused at its next fault, and what is started at its door';

function renderRuns({ asked, problem }: Cancelled): string[] {
  const count = `${asked.length} run${asked.length === 1 ? '' : 's'}`;
  const told = asked.length === 0 ? 'no run was under way' : `${count} told to stop: ${asked.join(', ')}`;
  if (problem === null) return [told];
  return [...(asked.length === 0 ? [] : [told]), `runs could not be cancelled: ${problem}; ${LATER}`];
}

function ending({ problem: here, machines, seconds }: Pulled): string {
  const count = machines.reduce((total, { healed }) => total + healed.length, 0);
  const left = machines.flatMap(({ left }) => left).length;
  const unsure = machines.filter(({ problem }) => problem !== null).map(({ machine }) => machine);
  const missed = [...(here === null ? [] : ['this machine']), ...unsure];
  const healed = `${count} fault${count === 1 ? '' : 's'} healed${left === 0 ? '' : `, ${left} NOT`}`;
  const lacking = missed.length === 0 ? '' : `, NOT sure of ${missed.join(', ')}`;
  return [
    `braked: ${healed}${lacking}, in ${duration(seconds)}`,
    'schedules stay as they are: what they start is refused',
    `\`${RELEASE}\` takes the brake off`,
  ].join('\n');
}
