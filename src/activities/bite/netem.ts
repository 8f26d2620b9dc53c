import type { FaultSpec } from '../../contract/fault-spec.ts';
import type { RunRef } from '../../contract/run.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { Deps } from '../deps.ts';
import { failure } from '../failures.ts';
import { connectStats, connectWords } from './connect.ts';
import type { Gauge, Numbers } from './index.ts';
import { pathOf } from './path.ts';
import { judgePing, parsePing, pingWords, together, type PingStats } from './ping.ts';
import { judgePulls, otherSide, pullsOf, timedPulls, type Pulls } from './pulls.ts';

type Spec = FaultSpec & { kind: 'netem' };

/** Sends what is disturbed through the disturbed path: pings, TCP connections where only TCP is, real pulls where only UDP is. */
export function measureNetem(deps: Deps, run: RunRef, spec: Spec): Gauge {
  const { ports } = spec;
  if (isPublishedRelay(deps, spec)) return byPulls(deps, run, spec);
  if (ports === undefined || ports.includes('icmp'))
    return { ...byStats(spec, () => ping(deps, spec)), ...wayOf(deps, spec) };
  const tcp = ports.find((port) => port.startsWith('tcp'));
  if (tcp === undefined) return byPulls(deps, run, spec);
  const port = Number(tcp.split('/')[1] ?? 22);
  return { ...byStats(spec, () => connections(deps, spec, port)), ...wayOf(deps, spec) };
}

/**
 * 0k-sync's own, which is UDP; none where no relay is on the other side, or no client on this one. Nor where all of an interface is disturbed
 * that somebody named: what carries our own connection (a tunnel) may leave by it, and is not to be lost.
 */
function wayOf(deps: Deps, spec: Spec): { way?: Pulls } {
  const { target, toward, interface: named, ports } = spec;
  if (ports?.some((port) => port.startsWith('udp')) === false) return {};
  if (named !== undefined && toward === undefined && resolveTarget(deps.fleet, target).kind === 'machine') return {};
  try {
    return { way: pullsOf(deps, sidesOf(spec)) };
  } catch {
    return {};
  }
}

const sidesOf = ({ target, toward }: Spec): Parameters<typeof pullsOf>[1] => ({
  target,
  from: toward === undefined ? 'all' : [toward],
});

/** Seen from another machine a relay is ports of its machine: pings go to the machine, and past the fault. */
function isPublishedRelay({ fleet }: Deps, { target, toward }: Spec): boolean {
  if (toward === undefined) return false;
  const peer = otherSide(fleet, toward);
  return peer.kind !== 'machine' && peer.machine !== resolveTarget(fleet, target).machine;
}

/** One look in 80 shows too little of a loss that is there, three together one in 30 000. */
const MOST_LOOKS = 3;

function byStats(spec: Spec, measure: () => Promise<PingStats>): Gauge {
  const numbers = async () => ({ ...(await measure()) }) as Numbers;
  return {
    before: numbers,
    after: numbers,
    during: async (before) => {
      const judged = (seen: PingStats) => judgePing(spec, before as unknown as PingStats, seen);
      let during = await measure();
      for (let looks = 1; looks < MOST_LOOKS && judged(during).hidden.length > 0; looks += 1) {
        during = together(during, await measure());
      }
      const { shown, hidden } = judged(during);
      const how = hidden.length > 0 ? `not to be seen: ${hidden.join('; ')}` : shown.join('; ');
      return { bit: hidden.length === 0, how, before, during: { ...during } as Numbers };
    },
  };
}

async function ping(deps: Deps, spec: Spec): Promise<PingStats> {
  const { machine, address, run } = await pathOf(deps, spec);
  const words = pingWords(spec, address);
  const { stdout, stderr } = await run(words);
  const stats = parsePing(stdout);
  if (stats) return stats;
  throw failure(
    'CommandFailed',
    `${machine}: \`${words.join(' ')}\` gave no summary: ${stderr.trim() || stdout.trim()}`,
  );
}

async function connections(deps: Deps, spec: Spec, port: number): Promise<PingStats> {
  const { machine, address, run } = await pathOf(deps, spec);
  const { stdout, stderr } = await run(connectWords(address, port));
  const stats = connectStats(stdout);
  if (stats) return stats;
  throw failure('CommandFailed', `${machine}: TCP to ${address} port ${port} could not be timed: ${stderr.trim()}`);
}

function byPulls(deps: Deps, run: RunRef, spec: Spec): Gauge {
  const pulls = pullsOf(deps, sidesOf(spec));
  const look = () => timedPulls(deps, run, pulls);
  return {
    client: pulls.client,
    before: look,
    after: look,
    during: async (before) => {
      const during = await look();
      return { ...judgePulls(spec, pulls, before, during), before, during };
    },
  };
}
