import { brakeOn } from '../../activities/brake.ts';
import type { Config } from '../../config.ts';
import { describeBrake, parseBrake, RELEASE, type Brake } from '../../contract/brake.ts';
import type { BrakeReply } from '../../hosts/lease.ts';
import { EXIT } from '../../report/exit-code.ts';
import { withLedgers, type Answered } from '../ledgers.ts';
import { answer } from '../output.ts';

/** The brake as one machine has it. */
export interface BrakeThere {
  machine: string;
  /** Null: it is off, or nobody knows. */
  brake: Brake | null;
  /** Why nobody knows; null: it was asked. */
  problem: string | null;
}

export interface BrakeState {
  /** As it stands on this machine: every door asks it. */
  here: Brake | null;
  machines: BrakeThere[];
}

export async function brakeState(config: Config): Promise<BrakeState> {
  const answers = await withLedgers(config, (ledgers) => ledgers.each((ledger) => ledger.brake('look')));
  return { here: brakeOn(config) ?? null, machines: answers.map(brakeThere) };
}

export function brakeThere({ machine, value, error }: Answered<BrakeReply>): BrakeThere {
  const brake = value?.state === 'braked' ? parseBrake(value.evidence) : null;
  return { machine, brake, problem: error ?? (value?.state === 'unbraked' ? value.evidence : null) };
}

/** `0k-chaos brake --status`: exit code 0 says that nothing is braked anywhere. */
export async function showBrake(config: Config, json: boolean | undefined): Promise<void> {
  const state = await brakeState(config);
  answer(json, state, () => renderState(state).join('\n'));
  const { here, machines } = state;
  const isOff = here === null && machines.every(({ brake, problem }) => brake === null && problem === null);
  if (!isOff) process.exitCode = EXIT.inconclusive;
}

export function renderState({ here, machines }: BrakeState): string[] {
  return [
    here === null ? 'here: the brake is off' : `here: ${describeBrake(here)}`,
    ...machines.map(({ machine, brake, problem }) => `${machine}: ${of(brake, problem)}`),
    ...wayOut(here, machines),
  ];
}

const of = (brake: Brake | null, problem: string | null): string => {
  if (problem !== null) return `not known: ${problem}`;
  return brake === null ? 'the brake is off' : describeBrake(brake);
};

function wayOut(here: Brake | null, machines: BrakeThere[]): string[] {
  const braked = machines.filter(({ brake }) => brake !== null).map(({ machine }) => machine);
  const missed = machines.filter(({ brake, problem }) => brake === null && problem === null);
  if (here !== null) {
    const more = missed.length === 0 ? [] : ['what is off there missed it: the next sweep puts it on'];
    return [...more, `\`${RELEASE}\` takes it off, here and there`];
  }
  if (braked.length === 0) return [];
  return [`${braked.join(', ')} missed the release, or somebody else pulled the brake there: \`${RELEASE}\``];
}
