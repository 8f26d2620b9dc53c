import { normalize } from 'node:path/posix';
import { didYouMean } from './nearest.ts';
import { own, select } from './select.ts';
import type { Client, Fleet, Machine, Relay } from './schema.ts';

/** A field that contradicts another one. */
export interface Contradiction {
  path: (string | number)[];
  what: string;
}

/** What a schema cannot see: names that lead nowhere, one name for two things, two names for one thing. Pure. */
export function contradictions(fleet: Fleet): Contradiction[] {
  return [...relays(fleet), ...clients(fleet), ...sharedNames(fleet), ...sameThings(fleet), ...guards(fleet)];
}

function relays(fleet: Fleet): Contradiction[] {
  return Object.entries(fleet.relays).flatMap(([name, relay]) => onMachine(fleet, ['relays', name], relay, true));
}

function clients(fleet: Fleet): Contradiction[] {
  return Object.entries(fleet.clients).flatMap(([name, client]) => {
    const path = ['clients', name];
    const wrong = [...onMachine(fleet, path, client, client.service !== undefined), ...build(fleet, path, client)];
    const machine = own(fleet.machines, client.machine);
    return machine === undefined ? wrong : [...wrong, ...remotePaths(path, client, machine)];
  });
}

function onMachine(fleet: Fleet, path: string[], part: Relay | Client, needsDocker: boolean): Contradiction[] {
  const at = [...path, 'machine'];
  const machine = own(fleet.machines, part.machine);
  if (machine === undefined) {
    const known = didYouMean(part.machine, Object.keys(fleet.machines));
    return [{ path: at, what: `no machine \`${part.machine}\` in this fleet; ${known}` }];
  }
  if (needsDocker && machine.docker === undefined) {
    const wayOut = `add \`docker: {}\` to machines.${part.machine}`;
    return [{ path: at, what: `\`${part.machine}\` has no Docker engine in this fleet; ${wayOut}` }];
  }
  return [];
}

/** A program is copied to a path on a machine; in a container it comes with the image. */
function build(fleet: Fleet, path: string[], client: Client): Contradiction[] {
  if (client.build === undefined) return [];
  const at = [...path, 'build'];
  if (client.service !== undefined) return [{ path: at, what: 'a client in a container has the program of its image' }];
  if (!client.command[0]?.includes('/')) {
    return [
      { path: at, what: `\`command\` of the client must begin with the path to copy to, not \`${client.command[0]}\`` },
    ];
  }
  if (Object.hasOwn(fleet.machines, client.build.on)) return [];
  const known = didYouMean(client.build.on, Object.keys(fleet.machines));
  return [{ path: [...at, 'on'], what: `no machine \`${client.build.on}\` in this fleet; ${known}` }];
}

/** Nobody expands `~` or knows a working folder on another machine or in a container. */
function remotePaths(path: string[], client: Client, machine: Machine): Contradiction[] {
  if (machine.local === true && client.service === undefined) {
    return [];
  }
  const where = client.service === undefined ? 'on another machine' : 'in a container';
  const wrong: Contradiction[] = [];
  if (!client.data.startsWith('/')) {
    wrong.push({ path: [...path, 'data'], what: `\`${client.data}\`: a path ${where} must start with \`/\`` });
  }
  const program = client.command[0] ?? '';
  if (program.includes('/') && !program.startsWith('/')) {
    wrong.push({
      path: [...path, 'command'],
      what: `\`${program}\`: a program ${where} is a plain name or starts with \`/\``,
    });
  }
  return wrong;
}

function sharedNames(fleet: Fleet): Contradiction[] {
  const wrong: Contradiction[] = [];
  for (const name of Object.keys(fleet.relays)) {
    for (const other of ['machines', 'clients'] as const) {
      if (Object.hasOwn(fleet[other], name)) {
        wrong.push({
          path: ['relays', name],
          what: `the name stands for two things, ${other}.${name} as well; rename one`,
        });
      }
    }
  }
  for (const [name, client] of Object.entries(fleet.clients)) {
    if (Object.hasOwn(fleet.machines, name) && client.machine !== name) {
      const what = `runs on \`${client.machine}\` but has the name of another machine; rename one`;
      wrong.push({ path: ['clients', name], what });
    }
  }
  return wrong;
}

function sameThings(fleet: Fleet): Contradiction[] {
  const ofCase = (_: unknown, name: string): string => name.toLowerCase();
  return [
    ...(['machines', 'relays', 'clients'] as const).flatMap((section) =>
      twice<unknown>(section, fleet[section], 'is, but for upper and lower case, the same name', ofCase),
    ),
    ...twice('machines', fleet.machines, 'reaches the same host', ({ local, ssh }) =>
      local === true ? 'local' : `${ssh?.host.toLowerCase()}:${ssh?.port ?? 22}`,
    ),
    ...twice('relays', fleet.relays, 'is the same service', (relay) => `${relay.machine}/${relay.service}`),
    ...twice('clients', fleet.clients, 'has the same folder', ({ machine, service, data }) =>
      [machine, service, normalize(`${data}/`)].join(' '),
    ),
    ...twice('relays', fleet.relays, 'answers at the same health address', (relay) => relay.health),
  ];
}

function guards(fleet: Fleet): Contradiction[] {
  const { never, abortWhen } = fleet.guards ?? { abortWhen: [] };
  const known = Object.keys(fleet.machines);
  const unknown = (path: Contradiction['path'], machine: string): Contradiction[] =>
    known.includes(machine)
      ? []
      : [{ path, what: `no machine \`${machine}\` in this fleet; ${didYouMean(machine, known)}` }];
  const targets = (never?.targets ?? []).flatMap((selector, n): Contradiction[] => {
    try {
      select(fleet, selector);
      return [];
    } catch (error) {
      return [{ path: ['guards', 'never', 'targets', n], what: (error as Error).message }];
    }
  });
  return [
    ...targets,
    ...Object.keys(never?.interfaces ?? {}).flatMap((name) => unknown(['guards', 'never', 'interfaces', name], name)),
    ...abortWhen.flatMap(({ machine }, n) =>
      machine === undefined ? [] : unknown(['guards', 'abortWhen', n, 'machine'], machine),
    ),
  ];
}

function twice<T>(
  section: string,
  parts: Record<string, T>,
  says: string,
  identity: (part: T, name: string) => string,
): Contradiction[] {
  const seen = new Map<string, string>();
  return Object.entries(parts).flatMap(([name, part]) => {
    const first = seen.get(identity(part, name));
    seen.set(identity(part, name), first ?? name);
    return first === undefined ? [] : [{ path: [section, name], what: `${says} as \`${first}\`; remove one` }];
  });
}
