import { Command } from 'commander';
import type { GroundCheck } from '../activities/ground/check.ts';
import type { Checked, GroundReport } from '../activities/ground/run.ts';
import type { Config } from '../config.ts';
import { globMatches } from '../contract/glob.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { EXIT } from '../report/exit-code.ts';
import { duration, oneLine, paint, widthOf, wrap, type Look, type Style } from '../report/look.ts';
import { renderTable } from '../report/table.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput, CliError } from './errors.ts';
import { withDeps } from './fleet-deps.ts';
import { interruptible } from './interrupt.ts';
import { answer, lookOf, say } from './output.ts';

/** `0k-chaos ground [CHECK…]` */
export function groundCommand(): Command {
  return common(new Command('ground'))
    .description(
      'the checks of the ground, really done: SSH, relays, clients, a push and a pull, netem and a cut, all put back at once',
    )
    .argument('[check...]', 'names or globs, such as `ssh_*` (default: all)')
    .option('--list', 'what each check does; touches nothing')
    .addHelpText('after', examples('ground', "ground 'ssh_*'", 'ground distributed_guardian_cli_version --json'))
    .action(async (words: string[], options: CommonOptions & { list?: boolean }) => {
      const { groundChecks } = await import('../activities/ground/index.ts');
      const checks = chosen(groundChecks, words);
      if (options.list === true) return list(checks, options);
      const config = await configOf(options);
      const startedAt = Date.now();
      const report = await examine(config, checks, options);
      const seconds = (Date.now() - startedAt) / 1000;
      present(config, report, seconds, options);
      process.exitCode = exitCodeOf(report);
    });
}

/** @throws CliError naming what is near, where a word matches nothing */
export function chosen(checks: GroundCheck[], words: string[]): GroundCheck[] {
  if (words.length === 0) return checks;
  const names = checks.map(({ name }) => name);
  const wanted = new Set(
    words.flatMap((word) => {
      const found = names.filter((name) => globMatches(word, name));
      if (found.length > 0) return found;
      throw badInput(`no check of the ground \`${word}\` (see \`0k-chaos ground --list\`); ${didYouMean(word, names)}`);
    }),
  );
  return checks.filter(({ name }) => wanted.has(name));
}

function list(checks: GroundCheck[], { json }: CommonOptions): void {
  const told = checks.map(({ name, does, breaks }) => ({ name, does, breaks: breaks !== undefined }));
  const rows = told.map(({ name, does }) => [name, does]);
  answer(json, told, () => renderTable(['check', 'what it does'], rows, lookOf(process.stdout)));
}

async function examine(config: Config, checks: GroundCheck[], { json }: CommonOptions): Promise<GroundReport> {
  const [{ runGround }, { brakeHere }, { holders }] = await Promise.all([
    import('../activities/ground/run.ts'),
    import('../activities/ground/braked.ts'),
    import('./holders.ts'),
  ]);
  const tell = (checked: Checked): void => {
    if (process.stderr.isTTY && json !== true) say(line(checked, lookOf(process.stderr)));
  };
  return withDeps(config, async (deps) => {
    const inUse = checks.some(({ breaks }) => breaks !== undefined) ? await holders(config, deps) : [];
    const fix = 'wait for it, or end it: `0k-chaos abort`, `0k-chaos heal --all`';
    const brake = brakeHere(deps);
    const inTheWay = inUse.length === 0 ? undefined : ({ state: 'fail', what: inUse.join('; '), fix } as const);
    const busy = brake.state === 'fail' ? brake : inTheWay;
    const signal = interruptible('stopping: what the checks left is put back first (Ctrl-C again: the leases do it)');
    const report = await runGround(deps, checks, { signal, tell, busy });
    if (!signal.aborted) return report;
    const left = report.left.length === 0 ? 'nothing is left behind' : report.left.join('; ');
    throw new CliError('Aborted', `ended before all checks were done; ${left}`, EXIT.aborted);
  });
}

const exitCodeOf = ({ checks, left }: GroundReport): number => {
  if (left.length > 0) return EXIT.notHealed;
  return checks.some(({ state }) => state === 'fail' || state === 'skipped') ? EXIT.failed : EXIT.passed;
};

const SIGN = { ok: ['green', '✔'], warn: ['yellow', '!'], fail: ['red', '✘'], skipped: ['yellow', '✘'] } as const;
const sign = (state: Checked['state']): readonly [Style, string] => SIGN[state];

const line = ({ state, name, what, seconds }: Checked, look: Look): string =>
  `${paint(look, ...sign(state))} ${name} (${duration(seconds)})${state === 'ok' ? '' : `: ${oneLine(what, look)}`}`;

function present(config: Config, { checks, left }: GroundReport, seconds: number, { json }: CommonOptions): void {
  const count = (...states: Checked['state'][]): number => checks.filter(({ state }) => states.includes(state)).length;
  const totals = { ok: count('ok', 'warn'), failed: count('fail', 'skipped') };
  answer(json, { fleet: config.fleet.name, ...totals, seconds, checks, left }, () =>
    [
      `fleet ${config.fleet.name} (${config.fleetFile})`,
      renderChecks(checks, lookOf(process.stdout)),
      ...left.map((what) => `NOT tidied up: ${what}`),
      `${totals.ok} of ${checks.length} good, in ${duration(seconds)}`,
    ].join('\n'),
  );
}

/** A check a line, its evidence under it, and last each failure whole, with its fix. */
export function renderChecks(checks: Checked[], look: Look): string {
  const columns = Math.max(0, ...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ state, name, seconds, what }) => {
    const head = `${paint(look, ...sign(state))} ${name.padEnd(columns)}  ${duration(seconds).padStart(7)}`;
    const evidence = state === 'fail' ? [] : wrap(oneLine(what, look), widthOf(look) - 4);
    return [head, ...evidence.map((part) => `    ${paint(look, 'dim', part)}`)];
  });
  const told = checks.filter(({ state, fix }) => state === 'fail' || (state === 'warn' && fix !== null));
  const below = told.flatMap(({ state, name, what, fix }) => [
    '',
    `${paint(look, ...sign(state))} ${name}: ${oneLine(what, look)}`,
    ...(fix === null ? [] : [`  fix: ${oneLine(fix, look)}`]),
  ]);
  return [...lines, ...below].join('\n');
}
