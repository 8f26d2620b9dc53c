import type { FaultSpec } from '../../contract/fault-spec.ts';
import type { Bite, RunRef } from '../../contract/run.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { Deps } from '../deps.ts';
import { healthOf } from '../relays.ts';
import type { Gauge, Numbers } from './index.ts';
import { otherSide, pullFromEach, pullsOf, reachedIn, relaysOn, toldNothing, type Pulls } from './pulls.ts';
import { watchWay } from './way-round.ts';
import { arrivals, pairsOf } from './arrivals.ts';

type Spec = FaultSpec & { kind: 'partition' };

/**
 * A real pull from that side, from each relay alone: the only proof that a cut stops 0k-sync, which also goes round the mesh. Between
 * machines also pings, counted where they arrive: what goes one way is told from what goes the other.
 */
export function measurePartition(deps: Deps, run: RunRef, spec: Spec): Gauge {
  const pulls = hasRelays(deps, spec) ? pullsOf(deps, spec) : undefined;
  const look = async (): Promise<Numbers> => {
    const [packets, reached, health] = await Promise.all([
      arrivals(deps, pairsOf(deps, spec)),
      pulls && pullFromEach(deps, run, pulls),
      healthSeen(deps, spec),
    ]);
    return { ...packets, ...reached, ...health };
  };
  return {
    ...(pulls && { client: pulls.client }),
    before: look,
    after: look,
    during: async (before) => {
      const wayTaken = pulls && (await watchWay(deps, pulls.client));
      const during = await look();
      const packets = judgeArrivals(deps, spec, before, during);
      if (packets !== undefined && (!packets.bit || pulls === undefined)) return { ...packets, before, during };
      if (pulls === undefined || wayTaken === undefined)
        return { bit: false, how: 'nothing could be measured', before, during };
      const verdict = judge(pulls, before, during);
      if (verdict !== undefined) return { ...verdict, before, during };
      const way = await wayTaken();
      const how = `a real pull from ${pulls.client} still reached ${reachedIn(pulls, during).join(', ')} while the cut stood: ${way.how}`;
      return { bit: false, how, before, during: { ...during, wayRound: way.by } };
    },
  };
}

/** Undefined: something got through. */
function judge(pulls: Pulls, before: Numbers, during: Numbers): Pick<Bite, 'bit' | 'how'> | undefined {
  const inTheWay = toldNothing(pulls, during);
  if (inTheWay) return inTheWay;
  const { client, relays } = pulls;
  if (reachedIn(pulls, before).length === 0)
    return { bit: false, how: `a real pull from ${client} reached no relay before the cut either` };
  if (reachedIn(pulls, during).length > 0) return undefined;
  return { bit: true, how: `a real pull from ${client} reaches none of ${relays.join(', ')}` };
}

/** What should be dropped arrived before and does not now; undefined where no pings are counted. */
function judgeArrivals(
  deps: Deps,
  spec: Spec,
  before: Numbers,
  during: Numbers,
): Pick<Bite, 'bit' | 'how'> | undefined {
  const pairs = pairsOf(deps, spec).filter(({ dropped }) => dropped);
  const seen = pairs.filter(({ name }) => before[name] === true);
  if (seen.length === 0) return undefined;
  const through = seen.filter(({ name }) => during[name] === true).map(({ name }) => name);
  if (through.length > 0) return { bit: false, how: `packets still arrive: ${through.join(', ')}` };
  return { bit: true, how: `no packet arrives: ${seen.map(({ name }) => name).join(', ')}` };
}

function hasRelays({ fleet }: Deps, { target, from }: Spec): boolean {
  const { kind, machine } = resolveTarget(fleet, target);
  if (from === 'all' || kind === 'relay') return true;
  if (kind === 'machine' && relaysOn(fleet, machine).length > 0) return true;
  return from.some((name) => {
    const other = otherSide(fleet, name);
    return other.kind === 'relay' || relaysOn(fleet, other.machine).length > 0;
  });
}

/** Of a relay whose data port alone is cut: that must stay. */
async function healthSeen(deps: Deps, { target, ports }: Spec): Promise<Numbers> {
  if (ports === undefined || resolveTarget(deps.fleet, target).kind !== 'relay') return {};
  return { health: (await healthOf(deps, target)).ok ? 'ok' : 'not ok' };
}
