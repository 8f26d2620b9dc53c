import type { Config } from '../../config.ts';
import { HEAL_QUEUE, HOLD_QUEUE, TASK_QUEUE } from '../../contract/names.ts';
import { findServer } from '../../temporal/server.ts';
import { pollersOf, withTemporal, type Link } from '../temporal.ts';
import { fail, ok, SEE, warn, type Observation } from '../../activities/ground/observation.ts';
import { check, type Check } from './check.ts';

const START = 'start it with `0k-chaos worker` (or `0k-chaos server start`)';

/** The server and who polls it. Search attributes are checked by connecting: they are added where they are missing. */
export async function temporalChecks(config: Config): Promise<Check[]> {
  const server = await check('temporal', SEE, async () => {
    const found = await findServer(config);
    if (found === undefined) return [warn('the embedded server does not run', START)];
    const { address, namespace, uiUrl, owned } = found;
    const ui = uiUrl === null ? '' : `, UI ${uiUrl}`;
    return [
      ok(`${owned ? 'embedded server' : 'server'} at ${address}, namespace ${namespace}, search attributes there${ui}`),
    ];
  });
  if (server.some(({ state }) => state !== 'ok')) return server;
  const worker = await check('worker', SEE, () => withTemporal(config, (link) => pollers(link, config)));
  return [...server, ...worker];
}

async function pollers(link: Link, { fleet, fleetFile }: Config): Promise<Observation[]> {
  const [work, heal, hold] = await Promise.all(
    [TASK_QUEUE, HEAL_QUEUE, HOLD_QUEUE].map((queue) => pollersOf(link, queue)),
  );
  const start = `\`0k-chaos worker --fleet ${fleetFile}\``;
  const [latest] = work ?? [];
  if (latest === undefined) return [warn(`nobody polls \`${TASK_QUEUE}\``, `start a worker: ${start}`)];
  if (!heal?.length) return [fail(`nobody polls \`${HEAL_QUEUE}\`: heals would wait`, `start a worker: ${start}`)];
  if (!hold?.length)
    return [fail(`nobody polls \`${HOLD_QUEUE}\`: nobody would renew the leases of a run`, `start a worker: ${start}`)];
  const seen = `${latest.identity} polls \`${TASK_QUEUE}\`, \`${HEAL_QUEUE}\` and \`${HOLD_QUEUE}\`, last ${Math.round(latest.secondsAgo)} s ago`;
  const other = (work ?? []).filter(({ identity }) => !identity.endsWith(`@${fleet.name}`));
  if (other.length === 0) return [ok(seen)];
  return [
    warn(
      seen,
      `${other.map(({ identity }) => identity).join(', ')} serves another fleet than ${fleet.name}; runs and steps that it takes up are refused`,
    ),
  ];
}
