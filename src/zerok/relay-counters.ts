import type { Finding } from '../contract/run.ts';
import { withoutColours } from './endpoint-id.ts';
import { ownLogIsEmpty } from './leak.ts';
import type { RelayVitals, Seen } from './relay-vitals.ts';

/** Seconds by which two clocks may run apart in a run, also where a machine is emulated. */
const DRIFT_SECONDS = 20;

/** Blobs that other runs may push between two numbers of one page. */
const MEANWHILE = 5;

/** Other runs may push and pull at the same time, so a count may be higher than what we know of, and never lower. */
export function oddCounters(before: RelayVitals, after: RelayVitals, seen: Seen, hasJumped: boolean): Finding[] {
  const { relay, health } = after;
  const odd = [
    ...(health === null ? [] : lackingMetrics(after.metrics)),
    ...fallen(before, after),
    ...tooFew(before, after, seen),
    ...apart(before, after, seen),
    ...(hasJumped ? [] : oddUptime(before, after)),
    ...inventedErrors(before, after, seen),
  ];
  return odd.length === 0 ? [] : [{ id: 'metrics-wrong', message: `${relay}: ${odd.join('; ')}`, count: odd.length }];
}

/** Those that a relay's own pushes show in. */
const COUNTED = ['pushes_total', 'pulls_total', 'blobs_stored_total', 'errors_total', 'storage_blobs'];

function lackingMetrics(metrics: Record<string, number>): string[] {
  const lacking = COUNTED.filter((name) => !Number.isFinite(metrics[name]));
  return lacking.length === 0 ? [] : [`its metrics do not tell ${lacking.join(', ')}`];
}

/** A counter never falls while its process lives. */
const fallen = (before: RelayVitals, after: RelayVitals): string[] =>
  Object.keys(after.metrics).flatMap((name) =>
    name.endsWith('_total') && (increase(before, after, name) ?? 0) < 0
      ? [`${name} fell from ${before.metrics[name]} to ${after.metrics[name]}`]
      : [],
  );

/** Against what is known of this run alone. */
function tooFew(before: RelayVitals, after: RelayVitals, { rows, bytes, pulls }: Seen): string[] {
  const { metrics, health } = after;
  const grew: [string, number, string][] = [
    ['blobs_stored_total', rows, `it holds ${rows} new blobs`],
    ['pulls_total', pulls, `it answered ${pulls} pulls`],
    ['connections_total', pulls, `${pulls} clients were served`],
    ['bytes_received_total', bytes, `it holds ${bytes} new bytes`],
  ];
  const stands: [string, number | undefined, number][] = [
    ['storage_blobs', metrics['storage_blobs'], rows],
    ['storage_bytes', metrics['storage_bytes'], bytes],
    ['total_blobs of its health', health?.totalBlobs, rows],
    ['storage_bytes of its health', health?.storageBytes, bytes],
  ];
  return [
    ...grew.flatMap(([name, least, so]) => {
      const grown = increase(before, after, name);
      return grown !== undefined && grown >= 0 && grown < least ? [`${name} grew by ${grown}, and ${so}`] : [];
    }),
    ...stands.flatMap(([name, value, least]) =>
      value !== undefined && value < least ? [`${name} is ${value}, and this run alone has ${least} there`] : [],
    ),
  ];
}

/** Numbers that contradict each other. */
function apart(before: RelayVitals, after: RelayVitals, { rows }: Seen): string[] {
  const { metrics, health } = after;
  const odd: string[] = [];
  const [pushes, stored, more] = ['pushes_total', 'blobs_stored_total', 'storage_blobs'].map((name) =>
    increase(before, after, name),
  );
  if (pushes !== undefined && stored !== undefined && pushes < stored)
    odd.push(`pushes_total grew by ${pushes}, blobs_stored_total by ${stored}`);
  if (pushes !== undefined && stored !== undefined && stored >= rows && pushes >= 2 * stored && stored > 1)
    odd.push(`pushes_total grew by ${pushes} for ${stored} stored blobs`);
  if (more !== undefined && stored !== undefined && stored >= rows && more > stored + MEANWHILE)
    odd.push(`storage_blobs grew by ${more}, blobs_stored_total by ${stored}`);
  const blobs = metrics['storage_blobs'];
  if (health !== null && blobs !== undefined && isFar(health.totalBlobs, blobs))
    odd.push(`storage_blobs is ${blobs}, and total_blobs of its health is ${health.totalBlobs}`);
  const [active, ever] = [metrics['connections_active'], metrics['connections_total']];
  if (active !== undefined && ever !== undefined && active > ever)
    odd.push(`connections_active is ${active}, connections_total ${ever}`);
  return odd;
}

/** By more than half of their mean: two pages are not of one moment. */
const isFar = (a: number, b: number): boolean => Math.abs(a - b) > (0.5 * (a + b)) / 2;

/** It counts seconds, and from 0 again only in another process. */
function oddUptime(before: RelayVitals, after: RelayVitals): string[] {
  if (before.health === null || after.health === null || before.startedAt !== after.startedAt) return [];
  const grown = after.health.uptimeSeconds - before.health.uptimeSeconds;
  const passed = after.workerSeconds - before.workerSeconds;
  if (Math.abs(grown - passed) < DRIFT_SECONDS) return [];
  const to = `from ${before.health.uptimeSeconds} to ${after.health.uptimeSeconds}`;
  return [`uptime_seconds of its health went ${to} in ${Math.round(passed)} s`];
}

const OWN_TROUBLE = /^\S+Z +(?:WARN|ERROR) .*?\b(?:zerok_)?sync_relay(?:::\w{1,64}){0,8}: .*$/gm;

const troublesIn = (log: string): string[] => withoutColours(log).match(OWN_TROUBLE) ?? [];

function inventedErrors(before: RelayVitals, after: RelayVitals, { log }: Seen): string[] {
  const counted = increase(before, after, 'errors_total') ?? 0;
  if (counted <= 0 || ownLogIsEmpty(log) || troublesIn(log).length > 0) return [];
  return [`errors_total grew by ${counted}, and its log tells of no trouble`];
}

/** What it logs as going wrong it should count. */
export function uncountedErrors(before: RelayVitals, after: RelayVitals, { log }: Seen): Finding[] {
  const troubles = troublesIn(log);
  const counted = increase(before, after, 'errors_total');
  if (troubles.length === 0 || counted === undefined || counted > 0) return [];
  const example = troubles[0]?.slice(0, 160);
  const message = `${after.relay} logged ${troubles.length} warning(s) or error(s), such as \`${example}\`, and errors_total did not move`;
  return [{ id: 'errors-not-counted', message, count: troubles.length }];
}

/** Since the run began; undefined where it cannot be known, as of a relay that was started in it. */
function increase(before: RelayVitals, after: RelayVitals, name: string): number | undefined {
  const [was, is] = [before.metrics[name], after.metrics[name]];
  if (!Number.isFinite(is) || !Number.isFinite(was) || before.startedAt !== after.startedAt) return undefined;
  return (is as number) - (was as number);
}
