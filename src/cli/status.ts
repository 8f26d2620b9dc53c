import { Command } from 'commander';
import { brakeOn } from '../activities/brake.ts';
import type { Config } from '../config.ts';
import { describeBrake, RELEASE } from '../contract/brake.ts';
import { slowLine } from '../contract/slow-heal.ts';
import { duration, paint, type Look } from '../report/look.ts';
import { renderTable } from '../report/table.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { wholeNumber } from './numbers.ts';
import { answer, lookOf, print, printJson } from './output.ts';
import type { RunLine } from './runs.ts';
import { uiLink, withTemporal, type Link } from './temporal.ts';
import type { Report } from './watch.ts';

interface Options extends CommonOptions {
  limit: number;
}

/** `0k-chaos status [WORKFLOW_ID]` */
export function statusCommand(): Command {
  return common(new Command('status'))
    .description('runs that are under way and the latest that ended, and the last sweep; or one of the runs')
    .argument('[workflowId]', 'one run: how it stands, or its result')
    .option('--limit <runs>', 'how many are shown', wholeNumber, 20)
    .addHelpText('after', examples('status', 'status --limit 5 --json', 'status mr_01_relay_crash_failover-…'))
    .action(async (workflowId: string | undefined, options: Options) => {
      const config = await configOf(options);
      await withTemporal(config, (link) =>
        workflowId === undefined ? showAll(link, config, options) : showOne(link, config, workflowId, options),
      );
    });
}

async function showAll(link: Link, config: Config, { limit, json }: Options): Promise<void> {
  const [{ listRuns }, { lastSweep, renderSweep }] = await Promise.all([
    import('./runs.ts'),
    import('./last-sweep.ts'),
  ]);
  const [runs, sweep] = await Promise.all([listRuns(link, limit), lastSweep(link, config.fleet.name)]);
  const brake = brakeOn(config);
  if (brake && json !== true) print(`${describeBrake(brake)}; \`${RELEASE}\` takes it off`);
  answer(json, { brake: brake ?? null, runs, sweep: sweep ?? null }, () => {
    const look = lookOf(process.stdout);
    const shown = runs.length === 0 ? 'no run yet; `0k-chaos list` shows what can be run' : renderRuns(runs, look);
    return `${shown}\n${paint(look, 'dim', renderSweep(sweep))}`;
  });
}

/** The phase of a run whose heal takes long. */
const SLOW = 'healing (slow)';

const STYLES = { passed: 'green', failed: 'red', inconclusive: 'yellow' } as const;

/** Ids stand last and whole: people copy them. */
function renderRuns(runs: RunLine[], look: Look): string {
  const rows = runs.map((run) => ({ ...run, state: stateOf(run), took: duration(run.seconds) }));
  const stateColumns = Math.max(...rows.map(({ state }) => state.length));
  const tookColumns = Math.max(...rows.map(({ took }) => took.length));
  return rows
    .map(({ workflowId, verdict, faultActive, phase, state, took }) => {
      const style = STYLES[verdict as keyof typeof STYLES];
      const padded = state.padEnd(stateColumns);
      const broken = faultActive ? paint(look, 'red', '  has broken something: `0k-chaos faults`') : '';
      const slow =
        phase === SLOW ? paint(look, 'yellow', `  a heal takes long: \`0k-chaos status ${workflowId}\``) : '';
      return `${style === undefined ? padded : paint(look, style, padded)}  ${took.padStart(tookColumns)}  ${workflowId}${slow}${broken}`;
    })
    .join('\n');
}

function stateOf({ status, phase, verdict }: RunLine): string {
  if (status === 'RUNNING') return phase ?? 'not taken up';
  if (status === 'CANCELLED') return 'aborted';
  // It ended at the door: nothing was broken, so there is no verdict.
  return verdict ?? (status === 'FAILED' ? 'refused' : status.toLowerCase());
}

async function showOne(link: Link, config: Config, workflowId: string, { json }: Options): Promise<void> {
  const [{ knownRun }, { present }] = await Promise.all([import('./runs.ts'), import('./run-one.ts')]);
  const { handle, known, status, line } = await knownRun(link, config, workflowId);
  if (status !== 'RUNNING') {
    const { endOf } = await import('./watch.ts');
    return present(await endOf(handle, known), json);
  }
  const said = await known.report().catch(() => undefined);
  const url = uiLink(link.server, known.run.workflowId, known.run.runId);
  if (json) return printJson({ ...line, ...said, workerAnswers: said !== undefined, url });
  print(renderRunning(line, said, url));
}

function renderRunning(line: RunLine, said: Report | undefined, url: string | null): string {
  const look = lookOf(process.stdout);
  const faults = (said?.faults ?? []).map(({ summary, injectedAt, healedAt, bite }) => [
    summary,
    injectedAt?.slice(11, 19) ?? 'not yet',
    healedAt?.slice(11, 19) ?? 'not yet',
    bite?.how ?? 'not measured',
  ]);
  return [
    `${paint(look, 'bold', line.workflowId)}: ${line.phase ?? 'not taken up yet'} for ${duration(line.seconds)}`,
    ...(said?.claim === undefined ? [] : [said.claim]),
    ...(said === undefined ? ['no worker answers; start one with `0k-chaos worker`'] : []),
    ...(url === null ? [] : [url]),
    ...(said?.slow ?? []).map((slow) => paint(look, 'yellow', `${slowLine(slow)}; it is tried until it is done`)),
    ...(faults.length === 0 ? [] : ['', renderTable(['fault', 'injected', 'healed', 'bite'], faults, look)]),
  ].join('\n');
}
