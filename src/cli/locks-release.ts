import { isAlive, workflowIdOf } from '../activities/owners.ts';
import { putAway } from '../activities/sweep.ts';
import type { Config } from '../config.ts';
import { LOCK_RELEASE, lockIdOf } from '../contract/fleet-lock.ts';
import { EXIT } from '../report/exit-code.ts';
import { badInput, CliError } from './errors.ts';
import { withDeps } from './fleet-deps.ts';
import { stateOf } from './lock-view.ts';
import { answer, say } from './output.ts';
import { ask, isYes } from './question.ts';
import type { Link } from './temporal.ts';

/** By force: the owner breaks nothing any more from then on, whatever it still believes; what it broke is healed, then its locks are given back. */
export async function release(
  link: Link,
  config: Config,
  word: string,
  { yes, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  const { holders, waiting } = await stateOf(link, config);
  const found = [...holders, ...waiting].find(({ owner }) => owner === word || workflowIdOf(owner) === word);
  if (!found) throw badInput(`\`${word}\` neither holds nor waits for anything; see \`0k-chaos locks\``);
  const { owner } = found;
  if (await isAlive(link.client, owner)) {
    say(
      `${workflowIdOf(owner)} is still under way: it breaks nothing any more then, and its verdict will be inconclusive.`,
    );
    say(`\`0k-chaos abort ${workflowIdOf(owner)}\` ends it, heals what it broke, and gives its locks back.`);
  }
  if (!yes && !(await isSure(owner))) return answer(json, { owner, released: false }, () => 'nothing was changed');
  await healFirst(link, config, owner);
  await link.client.workflow.getHandle(lockIdOf(config.fleet.name)).signal(LOCK_RELEASE, owner);
  answer(json, { owner, released: true }, () => `${owner} has given back what it held`);
}

/** @throws CliError where nobody can be asked */
async function isSure(owner: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw badInput('nobody is there to be asked; `--yes` releases without asking');
  return isYes(await ask(`take its locks from ${owner}, after healing what it broke? [y/N] `));
}

/** @throws CliError while anything of it stands, or could still come: nobody may break what is still broken */
async function healFirst({ client }: Link, config: Config, owner: string): Promise<void> {
  try {
    await withDeps(config, (deps) => putAway({ ...deps, temporal: client }, owner, 'hand'));
  } catch (error) {
    throw new CliError('HealFailed', `nothing was released: ${(error as Error).message}`, EXIT.notHealed);
  }
}
