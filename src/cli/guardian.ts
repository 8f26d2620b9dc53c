import { Command } from 'commander';
import type { Fleet } from '../fleet/schema.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { duration } from '../report/look.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput } from './errors.ts';
import { withDeps } from './fleet-deps.ts';
import { interruptible } from './interrupt.ts';
import { answer, say, showOutput } from './output.ts';

interface Options extends CommonOptions {
  build: boolean;
}

/** `0k-chaos guardian install` */
export function guardianCommand(): Command {
  const command = new Command('guardian')
    .description('the program of an edge client, such as Guardian')
    .addHelpText('after', examples('guardian install'));
  common(command.command('install'))
    .description('build it where the fleet file says (`build` of the client), copy it, prove the copy, put it in place')
    .argument('[client]', 'default: the client that has `build` in the fleet file')
    .option('--no-build', 'copy what was built before')
    .addHelpText('after', examples('guardian install', 'guardian install guardian --no-build --json'))
    .action(install);
  return command;
}

async function install(word: string | undefined, options: Options): Promise<void> {
  const config = await configOf(options);
  const name = clientToBuild(config.fleet, word);
  const { install: act } = await import('../activities/install.ts');
  const startedAt = Date.now();
  const signal = interruptible('stopping; the old program is still in place');
  const installed = await withDeps(config, (deps) =>
    act(deps, name, {
      ...{ build: options.build, signal, tell: say },
      output: showOutput,
    }),
  );
  const seconds = (Date.now() - startedAt) / 1000;
  const { version, machine, path, bytes, sha256, already } = installed;
  answer(options.json, { client: name, ...installed, seconds }, () =>
    [
      `${version} ${already ? 'was there already' : 'is in place'}: ${machine}:${path}, ${bytes} bytes`,
      `sha256 ${sha256} on both ends, in ${duration(seconds)}`,
    ].join('\n'),
  );
}

/** @throws CliError */
export function clientToBuild({ clients }: Fleet, word: string | undefined): string {
  const built = Object.keys(clients).filter((name) => clients[name]?.build !== undefined);
  if (word !== undefined && built.includes(word)) return word;
  const add = 'give it one in the fleet file, as `0k-chaos init` writes it';
  if (word !== undefined && Object.hasOwn(clients, word))
    throw badInput(`the client \`${word}\` has no \`build\`; ${add}`);
  if (word !== undefined) throw badInput(`no client \`${word}\`; ${didYouMean(word, Object.keys(clients))}`);
  const [only, ...more] = built;
  if (only !== undefined && more.length === 0) return only;
  throw badInput(only === undefined ? `no client has a \`build\`; ${add}` : `say which client: ${built.join(', ')}`);
}
