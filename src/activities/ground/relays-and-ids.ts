import { endpointIdOf } from '../../zerok/endpoint-id.ts';
import { containerOf, type RelayNow } from '../relays.ts';
import { NotSo, type GroundCheck } from './check.ts';
import { fail, ok, type Observation } from './observation.ts';
import { health, judge, startFix } from './relay.ts';
import type { Scratch } from './scratch.ts';

const UP = 'start them: `0k-chaos relays up`';

export const relayChecks: GroundCheck[] = [
  {
    name: 'distributed_connect_to_relays',
    does: 'Every relay of the fleet runs, has an endpoint id of its own, and logs what it does.',
    fix: UP,
    run: connect,
  },
  {
    name: 'distributed_relay_health_checks',
    does: 'Every relay answers at its health address that it is well, and is of the version we know.',
    fix: UP,
    run: ({ deps }) => each(deps.fleet.relays, (name) => health(deps, name)),
  },
];

export const endpointIdChecks: GroundCheck[] = [
  {
    name: 'distributed_extract_endpoint_id_found',
    does: 'The endpoint id of the present start is read from the log of each relay.',
    fix: 'start the relay again: `0k-chaos relays restart RELAY`',
    run: async (scratch) =>
      (await scratch.relays()).map(({ name, endpointId }) => ok(`${name}: ${endpointId.slice(0, 16)}…`)),
  },
  {
    name: 'distributed_extract_endpoint_id_not_found',
    does: 'No endpoint id is read from a log that holds none.',
    fix: 'look at src/zerok/endpoint-id.ts: it finds ids where there are none',
    run: notFound,
  },
];

async function connect(scratch: Scratch): Promise<Observation[]> {
  const { name } = scratch.deps.fleet;
  const relays = await scratch.relays();
  if (relays.length === 0) throw new NotSo(`the fleet \`${name}\` has no relay`, 'add one to the fleet file');
  return [...relays.flatMap((relay) => judge(relay)), ...twins(relays)];
}

/** Two names in the fleet file may lead to one relay. */
function twins(relays: RelayNow[]): Observation[] {
  return relays.flatMap(({ name, endpointId }, n) => {
    const first = relays.slice(0, n).find((other) => other.endpointId === endpointId);
    const fix = 'give each relay of the fleet file a service of its own';
    return first ? [fail(`${name} and ${first.name} have the same endpoint id ${endpointId}`, fix)] : [];
  });
}

/** A log of a container that is no relay, and a relay's own without the lines that hold its id. */
async function notFound(scratch: Scratch): Promise<Observation[]> {
  const [relay] = await scratch.relays();
  const logs: [string, string][] = [];
  if (relay) {
    const lines = relay.log.split('\n').filter((line) => !line.includes(relay.endpointId));
    logs.push([`${relay.name} without its id lines`, lines.join('\n')]);
  }
  const { machine, name } = scratch.client('contained');
  const { service = '' } = scratch.deps.fleet.clients[name] ?? {};
  const { id } = await containerOf(scratch.deps, name, machine, service);
  logs.push([`client ${name}`, await scratch.deps.hosts.get(machine).docker().logs(id, { firstBytes: 65_536 })]);
  return logs.map(([whose, log]) => {
    const found = endpointIdOf(log);
    return found === undefined
      ? ok(`${whose}: none in ${log.length} characters`)
      : fail(`the log of ${whose} gave the id \`${found}\``, 'it is no relay: look at src/zerok/endpoint-id.ts');
  });
}

/** One that cannot be looked at keeps nobody from seeing the others. */
async function each(relays: object, look: (name: string) => Promise<Observation[]>): Promise<Observation[]> {
  const found = Object.keys(relays).map((name) =>
    look(name).catch((error: Error) => [fail(error.message, startFix(name))]),
  );
  return (await Promise.all(found)).flat();
}
