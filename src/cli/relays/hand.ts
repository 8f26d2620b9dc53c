import { setTimeout as pause } from 'node:timers/promises';
import { refuseWhenBraked } from '../../activities/brake.ts';
import type { Deps } from '../../activities/deps.ts';
import { isSignal } from '../../faults/signals.ts';
import { EXIT } from '../../report/exit-code.ts';
import { duration } from '../../report/look.ts';
import type { Config } from '../../config.ts';
import { configOf, type CommonOptions } from '../common.ts';
import { badInput, CliError } from '../errors.ts';
import { withDeps } from '../fleet-deps.ts';
import { answer } from '../output.ts';
import { chosenRelays } from './chosen.ts';

interface Options extends CommonOptions {
  signal?: string;
  force?: boolean;
}

type Verb = 'kill' | 'start' | 'restart';

/** What became of one relay. */
interface Done {
  relay: string;
  status: string;
  /** Null: it does not run. */
  endpointId: string | null;
  seconds: number;
}

const DYING_MS = 10_000;

/** `relays kill|start|restart` */
export const byHand =
  (verb: Verb) =>
  async (words: string[], options: Options): Promise<void> => {
    const signal = signalName(options.signal ?? 'SIGKILL');
    const config = await configOf(options);
    const relays = chosenRelays(config.fleet, words);
    const done = await withDeps(config, async (deps) => {
      if (verb === 'kill') refuseWhenBraked(deps);
      if (options.force !== true) await refuseHeld(config, deps, relays);
      return Promise.all(relays.map((relay) => act(deps, verb, relay, signal)));
    });
    answer(options.json, done, () => done.map(told).join('\n'));
  };

/** @throws CliError naming who relies on the relays */
export async function refuseHeld(config: Config, deps: Deps, relays: string[]): Promise<void> {
  const { holders } = await import('../holders.ts');
  const held = await holders(config, deps, relays);
  if (held.length === 0) return;
  const way = 'Wait, or end it (`0k-chaos abort`, `0k-chaos heal`), or say `--force`.';
  throw new CliError(
    'TargetBusy',
    `${relays.join(', ')}: nothing was touched, as ${held.join('; ')}. ${way}`,
    EXIT.badInput,
  );
}

export function signalName(word: string): string {
  const name = word.toUpperCase();
  if (/^[A-Z]/.test(name) && isSignal(name)) return name.startsWith('SIG') ? name : `SIG${name}`;
  throw badInput(`\`${word}\` is no signal; such as SIGKILL, SIGINT, SIGTERM`);
}

async function act(deps: Deps, verb: Verb, relay: string, signal: string): Promise<Done> {
  const { relayContainer } = await import('../../activities/relays.ts');
  const startedAt = Date.now();
  const { id } = await relayContainer(deps, relay);
  const docker = deps.hosts.get(deps.fleet.relays[relay]?.machine ?? '').docker();
  if (verb === 'kill') await docker.kill(id, signal);
  else await docker[verb](id);
  const end =
    verb === 'kill' ? { status: await lastStatus(deps, relay), endpointId: null } : await serving(deps, relay);
  return { relay, ...end, seconds: (Date.now() - startedAt) / 1000 };
}

/** A container is said to run for a moment after its kill. */
async function lastStatus(deps: Deps, relay: string): Promise<string> {
  const { relayContainer } = await import('../../activities/relays.ts');
  for (const deadline = Date.now() + DYING_MS; ; await pause(200)) {
    const { status } = await relayContainer(deps, relay);
    if (status !== 'running' || Date.now() > deadline) return status;
  }
}

/** @throws CliError where it does not become healthy */
export async function serving(deps: Deps, relay: string): Promise<{ status: string; endpointId: string }> {
  const { relayNow, untilHealthy, healthOf } = await import('../../activities/relays.ts');
  const { healthySeconds } = deps.fleet.times;
  if ((await untilHealthy(deps, relay, healthySeconds)) === undefined) {
    const { evidence } = await healthOf(deps, relay);
    const see = `See \`0k-chaos relays logs ${relay}\`.`;
    throw new CliError(
      'GroundFailed',
      `${relay} is not healthy after ${healthySeconds} s: ${evidence}. ${see}`,
      EXIT.failed,
    );
  }
  const { endpointId, container } = await relayNow(deps, relay);
  return { status: container.status, endpointId };
}

export const told = ({ relay, status, endpointId, seconds }: Done): string => {
  const took = `(${duration(seconds)})`;
  if (endpointId !== null) return `${relay} is ${status} and healthy, its endpoint id is now ${endpointId} ${took}`;
  const next =
    status === 'running' ? 'it took the signal and runs on' : `\`0k-chaos relays start ${relay}\` starts it again`;
  return `${relay} is ${status}; ${next} ${took}`;
};
