import type { FaultSpec } from '../contract/fault-spec.ts';
import { DAYS, type AbortWhen, type Hours } from './guards.ts';
import type { Fleet } from './schema.ts';
import { brokenMachines, own, resolveTarget, resourcesOf, select } from './select.ts';

/** Why a target must not be broken; undefined: it may be. */
export function neverProblem(fleet: Fleet, spec: Pick<FaultSpec, 'target'>): string | undefined {
  const { machine } = resolveTarget(fleet, spec.target);
  if (!brokenMachines(fleet).includes(machine))
    return `\`${spec.target}\` is this machine itself (\`machines.${machine}.local\` of the fleet file): nothing is broken where no heal would look`;
  const guarded = (fleet.guards?.never.targets ?? []).flatMap((selector) =>
    select(fleet, selector).map((name) => ({ selector, resource: resourceOf(fleet, name) })),
  );
  if (guarded.length === 0) return undefined;
  const disturbed = resourcesOf(fleet, spec);
  const hit = guarded.find(({ resource }) => disturbed.includes(resource));
  if (!hit) return undefined;
  const why = hit.resource === disturbed[0] ? 'it is never broken' : `a fault on \`${spec.target}\` would disturb it`;
  return `\`guards.never.targets\` of the fleet file names \`${hit.selector}\`: ${why}`;
}

/** The thing itself: what runs on a machine has names of its own. */
function resourceOf(fleet: Fleet, name: string): string {
  const target = resolveTarget(fleet, name);
  return target.kind === 'machine' ? `machine ${target.machine}` : target.name;
}

/** Why an interface of a machine must not be disturbed. `devices`: those that are; `all` is every one there is. */
export function interfaceProblem(fleet: Fleet, machine: string, devices: string[] | 'all'): string | undefined {
  const never = own(fleet.guards?.never.interfaces ?? {}, machine) ?? [];
  const hit = never.find((device) => devices === 'all' || devices.includes(device));
  if (hit === undefined) return undefined;
  const how = devices === 'all' ? ', and a cut from everything cuts it too: name what it is cut from' : '';
  return `\`guards.never.interfaces\` of the fleet file names \`${hit}\` of ${machine}${how}`;
}

/** Why nothing may be broken now. */
export function hoursProblem(fleet: Fleet, now: Date): string | undefined {
  const hours = fleet.guards?.hours;
  if (!hours || isWithin(hours, now)) return undefined;
  const { hour, minute, day } = clockIn(hours.timezone, now);
  return `\`guards.hours\` of the fleet file: ${describeHours(hours)}; there it is ${day} ${hour}:${minute}`;
}

export const describeHours = ({ from, to, timezone, days }: Hours): string =>
  `faults from ${from} to ${to} only${days.length === DAYS.length ? '' : ` of nights or days that begin on ${days.join(', ')}`} (${timezone})`;

export function isWithin({ from, to, timezone, days }: Hours, now: Date): boolean {
  const { hour, minute, day } = clockIn(timezone, now);
  const time = `${hour}:${minute}`;
  const begins = days.includes(day);
  if (from < to) return begins && time >= from && time < to;
  const dayBefore = DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] ?? 'sun';
  return (begins && time >= from) || (days.includes(dayBefore) && time < to);
}

/** What a clock on the wall there shows: summer time is Intl's business. */
function clockIn(timeZone: string, now: Date): { day: (typeof DAYS)[number]; hour: string; minute: string } {
  const how = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const parts = new Intl.DateTimeFormat('en-US', how).formatToParts(now);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const day = DAYS.find((name) => name === of('weekday').toLowerCase()) ?? 'mon';
  return { day, hour: of('hour'), minute: of('minute') };
}

/** Why a fault must not stand so long. */
export function longestProblem({ guards }: Fleet, seconds: number): string | undefined {
  const longest = guards?.longestFaultSeconds;
  if (longest === undefined || seconds <= longest) return undefined;
  return `\`guards.longestFaultSeconds\` of the fleet file is ${longest}, and ${seconds} s were asked for`;
}

/** For people: what is looked at, and what it must show. */
export function describeWatch({ url, status, contains, metric, command, machine }: AbortWhen): string {
  if (command) return `\`${command.join(' ')}\` on ${machine} exits 0`;
  if (!metric) return `${url} answers ${status ?? '2xx'}${contains === undefined ? '' : ` with \`${contains}\``}`;
  const bounds = [
    ...(metric.above === undefined ? [] : [`at most ${metric.above}`]),
    ...(metric.below === undefined ? [] : [`at least ${metric.below}`]),
  ];
  return `${metric.name} of ${metric.url} is ${bounds.join(' and ')}`;
}
