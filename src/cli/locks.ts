import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { LOCK_HOLDERS, LOCK_RELEASE, lockIdOf } from '../contract/fleet-lock.ts';
import type { LockClaim, LockState } from '../contract/fleet-lock.ts';
import { EXIT } from '../report/exit-code.ts';
import { renderTable } from '../report/table.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput, CliError } from './errors.ts';
import { workflowIdOf } from './ledgers.ts';
import { answer, lookOf, say } from './output.ts';
import type { Link } from './temporal.ts';

/** `0k-chaos locks`: who holds what, and who waits for it. */
export function locksCommand(): Command {
  const command = common(new Command('locks'))
    .description('who holds what of the fleet, and who waits for it')
    .addHelpText('after', examples('locks', 'locks --json', 'locks release mr_01_relay_crash_failover-…'))
    .action(async (options: CommonOptions) => {
      const state = await onFleet(options, (link, config) => stateOf(link, config));
      answer(options.json, state, () => render(state));
    });
  return command.addCommand(
    common(new Command('release'))
      .description('take from a run what it holds, or its place in the line; heals what it broke first')
      .argument('<owner>', 'workflow id, or <workflow id>/<run id> as `0k-chaos locks --json` shows it')
      .option('-y, --yes', 'do not ask')
      // `locks` takes the common options itself, wherever they stand.
      .action((owner: string, _: object, own: Command) => {
        const options = own.optsWithGlobals<CommonOptions & { yes?: boolean }>();
        return onFleet(options, (link, config) => release(link, config, owner, options));
      }),
  );
}

async function onFleet<T>(options: CommonOptions, act: (link: Link, config: Config) => Promise<T>): Promise<T> {
  const config = await configOf(options);
  const { withTemporal } = await import('./temporal.ts');
  return withTemporal(config, (link) => act(link, config));
}

async function stateOf({ client }: Link, { fleet }: Config): Promise<LockState> {
  try {
    return await client.workflow.getHandle(lockIdOf(fleet.name)).query<LockState>(LOCK_HOLDERS);
  } catch (error) {
    // Nobody has locked anything yet.
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    return { holders: [], waiting: [], lastToken: 0 };
  }
}

function render({ holders, waiting }: LockState): string {
  const row = ({ owner, exclusive, shared }: LockClaim, how: string, since = ''): string[] => [
    how,
    workflowIdOf(owner),
    exclusive.join(', ') || 'nothing',
    shared.join(', '),
    since.slice(11, 19),
  ];
  const rows = [
    ...holders.map((holder) => row(holder, `holds (${holder.token})`, holder.since)),
    ...waiting.map((waiter, n) => row(waiter, `waits, ${n + 1}.`, waiter.since)),
  ];
  return rows.length === 0
    ? 'nothing is locked'
    : renderTable(['', 'run', 'breaks', 'relies on', 'since, UTC'], rows, lookOf(process.stdout));
}

async function release(
  link: Link,
  config: Config,
  word: string,
  { yes, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  const { holders, waiting } = await stateOf(link, config);
  const found = [...holders, ...waiting].find(({ owner }) => owner === word || workflowIdOf(owner) === word);
  if (!found) throw badInput(`\`${word}\` neither holds nor waits for anything; see \`0k-chaos locks\``);
  const { owner } = found;
  const { isAlive } = await import('../activities/owners.ts');
  if (await isAlive(link.client, owner)) {
    say(`${workflowIdOf(owner)} is still under way: without its locks another run may spoil its verdict.`);
    say(`\`0k-chaos abort ${workflowIdOf(owner)}\` ends it, heals what it broke, and gives its locks back.`);
  }
  if (!yes && !(await isSure(owner))) return answer(json, { owner, released: false }, () => 'nothing was changed');
  await healFirst(config, owner);
  await link.client.workflow.getHandle(lockIdOf(config.fleet.name)).signal(LOCK_RELEASE, owner);
  answer(json, { owner, released: true }, () => `${owner} has given back what it held`);
}

/** @throws CliError where nobody can be asked */
async function isSure(owner: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw badInput('nobody is there to be asked; `--yes` releases without asking');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(
      await terminal.question(`take its locks from ${owner}, after healing what it broke? [y/N] `),
    );
  } finally {
    terminal.close();
  }
}

/** @throws CliError while anything of it stands: nobody may break what is still broken */
async function healFirst(config: Config, owner: string): Promise<void> {
  const { withLedgers } = await import('./ledgers.ts');
  const answers = await withLedgers(config, (ledgers) => ledgers.each((ledger) => ledger.heal({ owner }, 'hand')));
  const left = answers.flatMap(({ machine, value = [], error }) => [
    ...(error === undefined ? [] : [`${machine} does not answer: ${error}`]),
    ...value.filter(({ state }) => state === 'stands').map(({ lease, key }) => `${machine}: ${lease?.summary ?? key}`),
  ]);
  if (left.length === 0) return;
  throw new CliError('HealFailed', `nothing was released, as not all is healed: ${left.join('; ')}`, EXIT.notHealed);
}
