import type { FaultSpec } from '../../contract/fault-spec.ts';
import type { RunRef } from '../../contract/run.ts';
import type { Fleet } from '../../fleet/schema.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { Target } from '../../fleet/select.ts';
import { parseGroup, serialiseGroup, withRelays } from '../../zerok/group-file.ts';
import { pullAfter } from '../../zerok/commands.ts';
import { parsePull } from '../../zerok/pull-output.ts';
import type { Deps } from '../deps.ts';
import { failure } from '../failures.ts';
import { relayNow } from '../relays.ts';
import { SyncClient } from '../sync-client.ts';
import type { Gauge, Numbers } from './index.ts';

type Spec = FaultSpec & { kind: 'partition' };

/** A scratch copy of the client's folder that knows one relay only. */
const SCRATCH = 'umask 077; rm -rf -- "$2" && cp -Rp -- "$1" "$2" && cat >"$2/group.json"';
const READ = 'cat -- "$1/group.json"';

/** A real pull from that side, from each relay alone: the only proof that a cut stops 0k-sync, which also goes round the mesh. */
export function measurePartition(deps: Deps, run: RunRef, spec: Spec): Gauge {
  const look = async (): Promise<Numbers> => {
    const { client, relays } = pullsOf(deps, spec);
    return pullFromEach(deps, new SyncClient(deps, run, client), relays);
  };
  return {
    before: look,
    after: look,
    during: async (before) => {
      const { client, relays } = pullsOf(deps, spec);
      const machine = deps.fleet.clients[client]?.machine ?? '';
      const traffic = await interfaceBytes(deps, machine);
      const during = await look();
      const through = relays.filter((relay) => during[relay] === 'reached');
      const unseen = relays.filter((relay) => !['reached', 'unreachable', 'failed'].includes(String(during[relay])));
      if (unseen.length > 0) {
        return { bit: false, how: `a real pull from ${client} told nothing of ${unseen.join(', ')}`, before, during };
      }
      if (!relays.some((relay) => before[relay] === 'reached')) {
        return { bit: false, how: `a real pull from ${client} reached no relay before the cut either`, before, during };
      }
      if (through.length === 0) {
        return { bit: true, how: `a real pull from ${client} reaches none of ${relays.join(', ')}`, before, during };
      }
      const ways = busiest(traffic, await interfaceBytes(deps, machine));
      const how = `a real pull from ${client} still reached ${through.join(', ')} while the cut stood: there is a way round it, by ${ways} of ${machine}`;
      return { bit: false, how, before, during: { ...during, wayRound: ways } };
    },
  };
}

/** Which client pulls from which relays to prove the cut. */
function pullsOf(deps: Deps, spec: Spec): { client: string; relays: string[] } {
  const { fleet } = deps;
  const target = resolveTarget(fleet, spec.target);
  const others = spec.from === 'all' ? [] : spec.from.map((name) => otherSide(fleet, name));
  if (target.kind === 'relay') {
    const machine = others.find(({ kind }) => kind === 'machine')?.machine;
    return { client: clientAt(deps, machine ?? 'any', target.machine), relays: [target.name] };
  }
  const machines = others.filter(({ kind }) => kind === 'machine').map(({ machine }) => machine);
  const named = others.filter(({ kind }) => kind === 'relay').map(({ name }) => name);
  const relays = Object.entries(fleet.relays).flatMap(([name, { machine }]) =>
    spec.from === 'all' || machines.includes(machine) || named.includes(name) ? [name] : [],
  );
  const client = target.kind === 'container' ? target.name : clientAt(deps, target.machine, '');
  if (relays.length > 0) return { client, relays };
  throw failure(
    'BadInput',
    `No relay is on the other side of the cut of ${spec.target}: its effect could not be measured.`,
  );
}

/** On the other side of a cut a machine is meant, where a client in a container has the same name. */
const otherSide = (fleet: Fleet, name: string): Target =>
  Object.hasOwn(fleet.machines, name) ? { kind: 'machine', name, machine: name } : resolveTarget(fleet, name);

/** A client on `machine` (`any`: on one other than `except`). @throws BadInput */
function clientAt({ fleet }: Deps, machine: string, except: string): string {
  const found = Object.entries(fleet.clients).find(([, client]) =>
    machine === 'any' ? client.machine !== except : client.machine === machine && client.service === undefined,
  );
  if (found) return found[0];
  throw failure('BadInput', `No client runs on ${machine}: the effect of a cut there could not be measured.`);
}

async function pullFromEach(deps: Deps, client: SyncClient, relays: string[]): Promise<Numbers> {
  const group = parseGroup(await client.script(READ, [client.cli.dataDir]));
  if ('error' in group) throw failure('CommandFailed', `${client.name}: ${group.error}`);
  const entries = await Promise.all(
    relays.map(async (relay): Promise<[string, string]> => {
      const cli = client.scratch(`scratch-${relay}`);
      const { endpointId } = await relayNow(deps, relay);
      const alone = serialiseGroup({ ...withRelays(group.group, [endpointId]), cursors: {} });
      await client.script(SCRATCH, [client.cli.dataDir, cli.dataDir], { stdin: alone });
      const { kind } = parsePull(await client.exec(pullAfter(cli, 0)));
      return [relay, kind === 'rows' || kind === 'none' ? 'reached' : kind];
    }),
  );
  return Object.fromEntries(entries);
}

/** Bytes in and out by interface. Source: proc_pid_net(5), `/proc/net/dev`; nothing where there is none (macOS). */
async function interfaceBytes(deps: Deps, machine: string): Promise<Map<string, number>> {
  const { stdout } = await deps.hosts.get(machine).exec(['cat', '/proc/net/dev']);
  const rows = stdout.split('\n').flatMap((line): [string, number][] => {
    const found = /^\s*([^:\s]+):\s*(.*)$/.exec(line);
    const counters = found?.[2]?.trim().split(/\s+/).map(Number) ?? [];
    return found?.[1] === undefined || found[1] === 'lo' ? [] : [[found[1], (counters[0] ?? 0) + (counters[8] ?? 0)]];
  });
  return new Map(rows);
}

/** The interfaces over which most went, most first: control is a part of it, so more than one may be named. */
function busiest(before: Map<string, number>, after: Map<string, number>): string {
  const grown = [...after].map(([name, bytes]): [string, number] => [name, bytes - (before.get(name) ?? 0)]);
  const busy = grown.filter(([, bytes]) => bytes > 0).toSorted(([, a], [, b]) => b - a);
  return busy.map(([name, bytes]) => `${name} (${bytes} bytes)`).join(', ') || 'no interface that can be seen';
}
