import type { Fleet } from '../../fleet/schema.ts';

/** Who plays which part of the guide's fleet; undefined: nobody does. */
export interface Roles {
  /** The machine of the relays: the guide's Beast. */
  relayMachine: string | undefined;
  /** The client on this machine: Q. */
  home: string | undefined;
  /** The client on another machine, outside containers: Guardian. */
  edge: string | undefined;
  /** The client in a container: `client-beast`. */
  contained: string | undefined;
}

export function rolesOf(fleet: Fleet): Roles {
  const clients = Object.entries(fleet.clients);
  const onMachine = clients.filter(([, { service }]) => service === undefined);
  const isLocal = (machine: string): boolean => fleet.machines[machine]?.local === true;
  return {
    relayMachine: Object.values(fleet.relays)[0]?.machine,
    home: onMachine.find(([, { machine }]) => isLocal(machine))?.[0],
    edge: onMachine.find(([, { machine }]) => !isLocal(machine))?.[0],
    contained: clients.find(([, { service }]) => service !== undefined)?.[0],
  };
}
