import type { FaultSpec, NetemShape } from '../../contract/fault-spec.ts';
import type { RunRef } from '../../contract/run.ts';
import type { Fleet } from '../../fleet/schema.ts';
import { resolveTarget, type Target } from '../../fleet/select.ts';
import { awakeMs } from '../../hosts/awake.ts';
import { pullAfter } from '../../zerok/commands.ts';
import { serialiseGroup, withRelays } from '../../zerok/group-file.ts';
import { isAnswer, parsePull } from '../../zerok/pull-output.ts';
import type { Deps } from '../deps.ts';
import { failure } from '../failures.ts';
import { relayNow } from '../relays.ts';
import { groupOn } from '../join.ts';
import { SyncClient } from '../sync-client.ts';
import type { Numbers } from './index.ts';

/** Which client pulls from which relays. */
export interface Pulls {
  client: string;
  relays: string[];
}

interface Sides {
  target: string;
  from: (FaultSpec & { kind: 'partition' })['from'];
}

/** A scratch copy of the client's folder that knows one relay only. */
const SCRATCH = 'umask 077; rm -rf -- "$2" && cp -Rp -- "$1" "$2" && cat >"$2/group.json"';

/** Those that go between the two sides. @throws BadInput where there are none */
export function pullsOf(deps: Deps, sides: Sides): Pulls {
  const { fleet } = deps;
  const target = resolveTarget(fleet, sides.target);
  const others = sides.from === 'all' ? [] : sides.from.map((name) => otherSide(fleet, name));
  if (target.kind === 'relay') {
    const machine = others.find(({ kind }) => kind === 'machine')?.machine;
    return { client: clientAt(deps, machine ?? 'any', target.machine), relays: [target.name] };
  }
  const machines = others.filter(({ kind }) => kind === 'machine').map(({ machine }) => machine);
  const named = others.filter(({ kind }) => kind === 'relay').map(({ name }) => name);
  const relays = Object.entries(fleet.relays).flatMap(([name, { machine }]) =>
    sides.from === 'all' || machines.includes(machine) || named.includes(name) ? [name] : [],
  );
  if (target.kind === 'machine' && (relays.length === 0 || clientOn(fleet, target.machine) === undefined)) {
    const own = relaysOn(fleet, target.machine);
    const elsewhere = machines[0] ?? (sides.from === 'all' ? 'any' : undefined);
    if (own.length > 0 && elsewhere !== undefined)
      return { client: clientAt(deps, elsewhere, target.machine), relays: own };
  }
  const client = target.kind === 'container' ? target.name : clientAt(deps, target.machine, '');
  if (relays.length > 0) return { client, relays };
  throw failure(
    'BadInput',
    `No relay is on the other side of ${sides.target}: the effect on real pulls could not be measured.`,
  );
}

/** The relays of a machine, which may be on the target's side of the cut. */
export const relaysOn = (fleet: Fleet, machine: string): string[] =>
  Object.entries(fleet.relays).flatMap(([name, relay]) => (relay.machine === machine ? [name] : []));

/** On the other side of a cut a machine is meant, where a client in a container has the same name. */
export const otherSide = (fleet: Fleet, name: string): Target =>
  Object.hasOwn(fleet.machines, name) ? { kind: 'machine', name, machine: name } : resolveTarget(fleet, name);

/** A client on `machine` (`any`: on one other than `except`). @throws BadInput */
function clientAt({ fleet }: Deps, machine: string, except: string): string {
  const found =
    machine === 'any'
      ? Object.keys(fleet.clients).find((name) => fleet.clients[name]?.machine !== except)
      : clientOn(fleet, machine);
  if (found !== undefined) return found;
  const where = machine === 'any' ? `a machine other than ${except}` : `${machine} outside of containers`;
  throw failure('BadInput', `No client runs on ${where}: the effect of a fault there could not be measured.`);
}

/** One in a container has another network than its machine, and its own way to the relays beside it. */
const clientOn = ({ clients }: Fleet, machine: string): string | undefined =>
  Object.entries(clients).find(([, client]) => client.machine === machine && client.service === undefined)?.[0];

/** A real pull from each relay alone, side by side: `reached`, or what became of it instead. */
export async function pullFromEach(deps: Deps, run: RunRef, { client: name, relays }: Pulls): Promise<Numbers> {
  const client = new SyncClient(deps, run, name);
  const group = await groupOn(client);
  if ('error' in group) throw failure('CommandFailed', `${client.name}: ${group.error}`);
  const entries = await Promise.all(
    relays.map(async (relay): Promise<[string, string]> => {
      const cli = client.scratch(`scratch-${relay}`);
      const { endpointId } = await relayNow(deps, relay);
      const alone = serialiseGroup({ ...withRelays(group.group, [endpointId]), cursors: {} });
      await client.script(SCRATCH, [client.cli.dataDir, cli.dataDir], { stdin: alone });
      const pulled = parsePull(await client.exec(pullAfter(cli, 0)));
      return [relay, isAnswer(pulled) ? 'reached' : pulled.kind];
    }),
  );
  return Object.fromEntries(entries);
}

/** The relays that were reached. */
export const reachedIn = ({ relays }: Pulls, seen: Numbers): string[] =>
  relays.filter((relay) => seen[relay] === 'reached');

/** With the seconds that they took together. */
export async function timedPulls(deps: Deps, run: RunRef, pulls: Pulls): Promise<Numbers> {
  const startedAt = awakeMs();
  const reached = await pullFromEach(deps, run, pulls);
  return { ...reached, pullMs: Math.round(awakeMs() - startedAt) };
}

/** Where a pull said of a relay neither that it reached it nor that it did not: the client itself was in the way. Undefined: of none. */
export function toldNothing({ client, relays }: Pulls, during: Numbers): { bit: false; how: string } | undefined {
  const untold = relays.filter((relay) => !['reached', 'unreachable', 'failed'].includes(String(during[relay])));
  if (untold.length === 0) return undefined;
  return { bit: false, how: `a real pull from ${client} told nothing of ${untold.join(', ')}` };
}

/** A pull takes several round trips: it is slower by one at least, or does not reach its relay any more. */
export function judgePulls(
  shape: NetemShape,
  pulls: Pulls,
  before: Numbers,
  during: Numbers,
): { bit: boolean; how: string } {
  const inTheWay = toldNothing(pulls, during);
  if (inTheWay) return inTheWay;
  const { client, relays } = pulls;
  const lost = relays.filter((relay) => before[relay] === 'reached' && during[relay] !== 'reached');
  if (lost.length > 0) return { bit: true, how: `a real pull from ${client} does not reach ${lost.join(', ')}` };
  const [was, is] = [Number(before['pullMs']), Number(during['pullMs'])];
  const enough = shape.delayMs === undefined ? 0.5 * was : shape.delayMs;
  return { bit: is - was >= enough, how: `a real pull from ${client} took ${was} → ${is} ms` };
}
