import type { FaultSpec } from '../contract/fault-spec.ts';
import type { Bite } from '../contract/run.ts';
import type { FaultAsk } from '../contract/steps.ts';
import { resolveTarget } from '../fleet/select.ts';
import type { Numbers } from './bite/index.ts';
import { pullFromEach, reachedIn, toldNothing, type Pulls } from './bite/pulls.ts';
import { watchWay } from './bite/way-round.ts';
import type { Deps } from './deps.ts';
import { whyGone } from './gone.ts';
import { RunFolder } from './journal.ts';
import { ledgerOf } from './leases.ts';
import { remembered } from './measured.ts';
import { SyncClient } from './sync-client.ts';

/** The lease of a netem's trial, beside its own. */
const trialId = (id: string): string => `${id}/trial`;

/** Under which one fault may stand, its own first. */
export const leasesOf = ({ id, spec }: Pick<FaultAsk, 'id' | 'spec'>): string[] =>
  spec.kind === 'netem' ? [id, trialId(id)] : [id];

/**
 * Pings take the way that a netem disturbs, 0k-sync need not. So before it everything that it selects is lost, under a lease of its own, for
 * as long as a real pull from each relay takes: one that still gets there goes round it. `lose` puts the loss in place, and pulls.
 * @returns why the netem does not bite; undefined: nothing gets there, or no client of the run would pull through it
 */
export async function wayRound(
  deps: Deps,
  ask: FaultAsk,
  pulls: Pulls | undefined,
  lose: (trial: FaultAsk, pull: () => Promise<Numbers>) => Promise<Numbers>,
): Promise<Pick<Bite, 'bit' | 'how'> | undefined> {
  const lost = allLost(ask.spec);
  if (lost === undefined || pulls === undefined || !(await isInGroup(deps, ask, pulls))) return undefined;
  const trial = { ...ask, id: trialId(ask.id), spec: lost };
  const pull = () => lose(trial, () => pullWhileLost(deps, trial, pulls));
  try {
    return judgeTrial(pulls, await remembered(new RunFolder(deps.stateDir, ask.run), trial.id, pull));
  } finally {
    await ledgerOf(deps, resolveTarget(deps.fleet, lost.target).machine).heal({ ids: [trial.id] }, 'frame');
  }
}

async function isInGroup(deps: Deps, { run }: FaultAsk, pulls: Pulls): Promise<boolean> {
  const client = new SyncClient(deps, run, pulls.client);
  return (await client.exec(['test', '-e', `${client.cli.dataDir}/group.json`])).exitCode === 0;
}

/** The same selection as that of a netem, and all of it lost; undefined for what is none. */
export function allLost(spec: FaultSpec): FaultSpec | undefined {
  if (spec.kind !== 'netem') return undefined;
  const { kind, target, toward, interface: dev, direction, ports } = spec;
  const selection = {
    ...(toward !== undefined && { toward }),
    ...(dev !== undefined && { interface: dev }),
    ...(direction !== undefined && { direction }),
    ...(ports !== undefined && { ports }),
  };
  return { kind, target, ...selection, lossPercent: 100 };
}

/** What became of the pulls; where one got there, how: over which interfaces most went, or why nothing was lost any more. */
async function pullWhileLost(deps: Deps, { id, run, spec }: FaultAsk, pulls: Pulls): Promise<Numbers> {
  const wayTaken = await watchWay(deps, pulls.client);
  const seen = await pullFromEach(deps, run, pulls);
  if (reachedIn(pulls, seen).length === 0) return seen;
  const { how } = await wayTaken();
  return { ...seen, how: (await whyGone(deps, id, spec.target)) ?? how };
}

function judgeTrial(pulls: Pulls, seen: Numbers): Pick<Bite, 'bit' | 'how'> | undefined {
  const reached = reachedIn(pulls, seen);
  if (reached.length === 0) return toldNothing(pulls, seen);
  const how = `a real pull from ${pulls.client} still reached ${reached.join(', ')} while all was lost that it disturbs: ${seen['how']}`;
  return { bit: false, how };
}
