import { Command } from 'commander';
import type { Config } from '../config.ts';
import { EXIT, gravest } from '../report/exit-code.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput } from './errors.ts';
import { answer, say } from './output.ts';
import type { KnownRun } from './runs.ts';
import type { Link } from './temporal.ts';

interface Options extends CommonOptions {
  all?: boolean;
  /** False with `--no-wait`. */
  wait: boolean;
}

interface Aborted {
  workflowId: string;
  runId: string;
  state: 'healed' | 'not healed' | 'asked to stop' | 'had ended';
  residue: string[];
}

/** `0k-chaos abort`: cancels, and waits for the heal. */
export function abortCommand(): Command {
  return common(new Command('abort'))
    .description('end runs; each heals what it broke first')
    .argument('[workflowId...]')
    .option('--all', 'every run that is under way')
    .option('--no-wait', 'do not wait until all is healed')
    .addHelpText('after', examples('abort mr_01_relay_crash_failover-20261122-171930-4f2a', 'abort --all'))
    .action(async (ids: string[], options: Options) => {
      if (ids.length > 0 === (options.all === true)) throw badInput('say which runs: either workflow ids, or `--all`');
      const config = await configOf(options);
      const { withTemporal } = await import('./temporal.ts');
      const ended = await withTemporal(config, (link) => abortAll(link, config, ids, options.wait));
      answer(options.json, { runs: ended }, () => render(ended));
      process.exitCode = gravest(ended.map(({ residue }) => (residue.length > 0 ? EXIT.notHealed : EXIT.passed)));
    });
}

/** All are looked up before the first is told to stop: an id that is mistyped ends nothing. @throws CliError */
export async function abortAll(link: Link, config: Config, ids: string[], wait: boolean): Promise<Aborted[]> {
  const { knownRun, runningIds } = await import('./runs.ts');
  const wanted = ids.length > 0 ? ids : await runningIds(link);
  const runs = await Promise.all(wanted.map((id) => knownRun(link, config, id)));
  return Promise.all(runs.map((run) => abort(link, run, wait)));
}

async function abort(link: Link, { handle, known, status }: KnownRun, wait: boolean): Promise<Aborted> {
  const [{ cancelRun }, { watch }] = await Promise.all([import('./runs.ts'), import('./watch.ts')]);
  const { workflowId, runId } = known.run;
  if (status !== 'RUNNING' || !(await cancelRun(handle))) return { workflowId, runId, state: 'had ended', residue: [] };
  say(`stopping ${workflowId}: it heals what it broke first`);
  if (!wait) return { workflowId, runId, state: 'asked to stop', residue: [] };
  const outcome = await watch(link, handle, known, { onlyNew: true });
  const residue = outcome?.result.residue ?? [];
  return { workflowId, runId, state: residue.length > 0 ? 'not healed' : 'healed', residue };
}

function render(ended: Aborted[]): string {
  if (ended.length === 0) return 'no run is under way';
  return ended.flatMap(({ workflowId, state, residue }) => [`${workflowId}: ${state}`, ...residue]).join('\n');
}
