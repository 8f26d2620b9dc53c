import { Command } from 'commander';
import { EXIT } from '../report/exit-code.ts';
import { duration } from '../report/look.ts';
import type { HealReply, Leases } from '../hosts/lease.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput } from './errors.ts';
import { knownMachine, withLedgers, type Answered, type Ledgers } from './ledgers.ts';
import { answer, print, say } from './output.ts';

interface Options extends CommonOptions {
  all?: boolean;
  machine?: string[];
}

export interface Line {
  machine: string;
  id: string | null;
  summary: string;
  state: HealReply['state'];
  /** Why it still stands. */
  evidence: string;
}

interface Healed {
  healed: Line[];
  /** Not put back, or not known to be. */
  left: Line[];
  unreachable: { machine: string; message: string }[];
  seconds: number;
}

/** `0k-chaos heal`: works from the machines' own ledgers. */
export function healCommand(): Command {
  return common(new Command('heal'))
    .description('put back what is broken, from the ledgers of the machines; needs no Temporal and no worker')
    .argument('[id...]', 'faults (see `0k-chaos faults`), or the workflow ids of their runs')
    .option('--all', 'every fault on every machine')
    .option('--machine <name...>', 'every fault on these machines')
    .addHelpText('after', examples('heal --all', 'heal --machine guardian', 'heal mr_01_relay_crash_failover-…'))
    .action(async (ids: string[], options: Options) => {
      const ways = [ids.length > 0, options.all === true, options.machine !== undefined].filter(Boolean);
      if (ways.length !== 1)
        throw badInput('say what to heal, by one of these: `--all`, `--machine NAME`, ids (`0k-chaos faults`)');
      const config = await configOf(options);
      const startedAt = Date.now();
      // At once: a slow machine keeps nobody from seeing what the others did.
      const tell = options.json ? () => undefined : (line: Line): void => print(render(line));
      const answers = await withLedgers(config, (ledgers) => heal(ledgers, ids, options.machine, tell));
      const outcome = summary(answers, (Date.now() - startedAt) / 1000);
      answer(options.json, outcome, () => ending(outcome));
      for (const { machine, message } of outcome.unreachable)
        say(`${machine} does not answer, its leases heal it when they run out: ${message}`);
      if (outcome.left.length + outcome.unreachable.length > 0) process.exitCode = EXIT.notHealed;
    });
}

type Tell = (line: Line) => void;

async function heal(
  ledgers: Ledgers,
  ids: string[],
  machines: string[] | undefined,
  tell: Tell,
): Promise<Answered<Line[]>[]> {
  const only = machines?.map((machine) => knownMachine(ledgers.machines, machine));
  if (ids.length === 0) {
    return ledgers.each(async (ledger, machine) => {
      const healed = told(machine, await ledger.heal('all', 'hand'), tell);
      const left = await remains(ledger, machine);
      left.forEach(tell);
      return [...healed, ...left];
    }, only);
  }
  const asked = new Set<string>();
  const answers = await ledgers.each(async (ledger, machine) =>
    told(machine, await healNamed(ledger, ids, asked), tell),
  );
  const missed = ids.filter((id) => !asked.has(id));
  if (missed.length > 0 && answers.every(({ error }) => error === undefined)) {
    const nothing = asked.size === 0 ? 'nothing was touched' : 'the others are dealt with';
    throw badInput(`no fault \`${missed.join('`, `')}\` in any ledger, ${nothing}; see \`0k-chaos faults\``);
  }
  return answers;
}

async function healNamed(ledger: Leases, ids: string[], asked: Set<string>): Promise<HealReply[]> {
  const entries = await ledger.list();
  const wanted = entries.flatMap((entry) => {
    if (entry.state !== 'leased') return [];
    const { id, owner } = entry.lease;
    const named = ids.filter((word) => [id, owner].includes(word) || owner.startsWith(`${word}/`));
    for (const word of named) asked.add(word);
    return named.length > 0 ? [id] : [];
  });
  return wanted.length === 0 ? [] : ledger.heal({ ids: wanted }, 'hand');
}

/** Rules and queueing disciplines of ours that no lease accounts for: nothing heals them. */
async function remains(ledger: Leases, machine: string): Promise<Line[]> {
  const { ours, leases } = await ledger.check();
  if (leases > 0) return [];
  const summary = 'left without a lease, look at it there and delete it';
  return ours.map((evidence) => ({ machine, id: null, summary, state: 'stands', evidence }));
}

function told(machine: string, replies: HealReply[], tell: Tell): Line[] {
  const lines = replies.map((reply) => lineOf(machine, reply));
  lines.forEach(tell);
  return lines;
}

export const lineOf = (machine: string, reply: HealReply): Line => ({
  machine,
  id: reply.lease?.id ?? null,
  summary: reply.lease?.summary ?? `lease ${reply.key}`,
  state: reply.state,
  evidence: 'evidence' in reply ? reply.evidence : '',
});

function summary(answers: Answered<Line[]>[], seconds: number): Healed {
  const lines = answers.flatMap(({ value = [] }) => value);
  return {
    healed: lines.filter(({ state }) => isHealed(state)),
    left: lines.filter(({ state }) => !isHealed(state)),
    unreachable: answers.flatMap(({ machine, error }) => (error === undefined ? [] : [{ machine, message: error }])),
    seconds,
  };
}

export const render = ({ machine, summary: what, state, evidence }: Line): string =>
  isHealed(state) ? `healed on ${machine}: ${what}` : `NOT healed on ${machine}: ${what}: ${evidence}`;

/** `unknown`: the lease ended while we came. */
export const isHealed = (state: HealReply['state']): boolean => state === 'healed' || state === 'unknown';

function ending({ healed, left, unreachable, seconds }: Healed): string {
  const took = `in ${duration(seconds)}`;
  if (left.length > 0) return `not everything is healed, ${took}`;
  if (unreachable.length > 0) return `not every machine answered, ${took}`;
  return healed.length > 0 ? `all healed, ${took}` : `nothing was broken, ${took}`;
}
