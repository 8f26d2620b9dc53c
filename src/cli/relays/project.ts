import type { ComposeOptions } from '../../activities/compose.ts';
import type { Deps } from '../../activities/deps.ts';
import type { Config } from '../../config.ts';
import { EXIT } from '../../report/exit-code.ts';
import { configOf, type CommonOptions } from '../common.ts';
import { badInput, CliError } from '../errors.ts';
import { withDeps } from '../fleet-deps.ts';
import { interruptible } from '../interrupt.ts';
import { answer, say, showOutput } from '../output.ts';
import { ask, isYes } from '../question.ts';
import { chosenRelays } from './chosen.ts';
import { refuseHeld, serving, told } from './hand.ts';

interface Options extends CommonOptions {
  volumes?: boolean;
  yes?: boolean;
  force?: boolean;
  pull?: boolean;
}

const options = (): ComposeOptions => ({
  signal: interruptible('stopping; Compose on the machine is ended'),
  tell: say,
  output: showOutput,
});

/** `relays up` */
export const up = (given: Options): Promise<void> => bring(given, false);

/** `relays rebuild` */
export const rebuild = (given: Options): Promise<void> => bring(given, true);

async function bring(given: Options, build: boolean): Promise<void> {
  const config = await configOf(given);
  const relays = chosenRelays(config.fleet, []);
  const compose = await import('../../activities/compose.ts');
  const started = await withDeps(config, async (deps) => {
    if (build && given.force !== true) await refuseHeld(config, deps, relays);
    const how = options();
    for (const machine of compose.relayMachines(deps)) {
      if (build && given.pull !== false) await compose.pullSources(deps, machine, how);
      await compose.up(deps, machine, build, how);
    }
    const startedAt = Date.now();
    return Promise.all(
      relays.map(async (relay) => ({
        relay,
        ...(await serving(deps, relay)),
        seconds: (Date.now() - startedAt) / 1000,
      })),
    );
  });
  answer(given.json, started, () => started.map(told).join('\n'));
}

/** `relays down [--volumes]` */
export async function down(given: Options): Promise<void> {
  const config = await configOf(given);
  const relays = chosenRelays(config.fleet, []);
  const compose = await import('../../activities/compose.ts');
  await withDeps(config, async (deps) => {
    if (given.force !== true) await refuseHeld(config, deps, relays);
    for (const line of await losses(config, deps, relays, given.volumes === true)) say(line);
    await agreed(given);
    const how = options();
    for (const machine of compose.relayMachines(deps)) await compose.down(deps, machine, given.volumes === true, how);
  });
  answer(given.json, { down: relays, volumes: given.volumes === true }, () =>
    given.volumes === true
      ? 'the relays and all that they stored are gone'
      : 'the relays are down; what they stored is kept',
  );
}

/** What is lost, by number. */
async function losses({ fleet }: Config, deps: Deps, relays: string[], volumes: boolean): Promise<string[]> {
  const head = `the containers of \`${fleet.project}\` are removed, and with them endpoint ids and logs`;
  if (!volumes) return [`${head}; what the relays stored is kept`];
  const { relayHealth } = await import('../../activities/relay-facts.ts');
  const lines = relays.map(async (relay) => {
    const is = await relayHealth(deps, relay).catch(() => undefined);
    return is === undefined
      ? `  ${relay}: not known how much, as it does not answer`
      : `  ${relay}: ${is.totalBlobs} blobs, ${is.storageBytes} bytes, of ${is.groupsWithData} groups`;
  });
  return [`${head}. LOST for ever is what the relays stored:`, ...(await Promise.all(lines))];
}

/** @throws CliError where nobody agrees */
async function agreed({ yes, json }: Options): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY || json === true)
    throw badInput('nothing was touched: agree with `--yes`, as nobody is there to ask');
  if (isYes(await ask('Go on? [y/N] '))) return;
  throw new CliError('Aborted', 'nothing was touched', EXIT.aborted);
}
