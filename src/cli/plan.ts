import { Command } from 'commander';
import { fail, type Observation } from '../activities/ground/observation.ts';
import type { Config } from '../config.ts';
import type { PlannedFault } from './planned-fault.ts';
import type { Fleet } from '../fleet/schema.ts';
import { duration, paint, wrap, type Look } from '../report/look.ts';
import { EXIT } from '../report/exit-code.ts';
import { checkBody } from './check-spec.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { renderChecks, type Check } from './doctor/check.ts';
import { withDeps } from './fleet-deps.ts';
import { answer, lookOf } from './output.ts';
import { describeIntent, type Intent } from './recording-chaos.ts';
import { inputOptions } from './run.ts';
import { findScenario, fullName, inputFor, type InputOptions } from './scenario-input.ts';
import { worstCaseSeconds } from './worst-case.ts';

interface Options extends CommonOptions, InputOptions {}

interface Plan {
  scenario: string;
  claim: string;
  fleet: string;
  options: Record<string, number | string>;
  leaseSeconds: number;
  ground: Check[];
  steps: { text: string; intent: Intent }[];
  faults: PlannedFault[];
  worstCaseSeconds: number;
}

/** `0k-chaos plan SCENARIO` */
export function planCommand(): Command {
  return inputOptions(common(new Command('plan')))
    .description('what a run would do: reads everything, touches nothing, needs no Temporal')
    .argument('<scenario>', 'see `0k-chaos list`')
    .addHelpText(
      'after',
      examples('plan mr_01_relay_crash_failover', 'plan edge_03_guardian_partition_recovery --set cut=pair'),
    )
    .action(async (word: string, options: Options) => {
      const name = fullName(word);
      const scenario = findScenario(name);
      const config = await configOf(options);
      const { options: chosen } = inputFor(name, scenario, config.fleet, options);
      const { leaseSeconds, fleet: _, iterations: __, seed: ___, payload: ____, ...own } = chosen;
      const intents = await checkBody(config.fleet, scenario, own);
      const { ground, faults } = await look(config, intents, Number(leaseSeconds));
      const plan: Plan = {
        ...{ scenario: name, claim: scenario.definition.claim, fleet: config.fleet.name, options: own },
        ...{ leaseSeconds: Number(leaseSeconds), ground, faults },
        steps: intents.map((intent) => ({ text: describeIntent(intent), intent })),
        worstCaseSeconds: worstCaseSeconds(intents, config.fleet),
      };
      answer(options.json, plan, () => render(plan, lookOf(process.stdout)));
      const inTheWay = faults.some(({ problem }) => problem !== null) || ground.some(({ state }) => state === 'fail');
      if (inTheWay) process.exitCode = EXIT.inconclusive;
    });
}

/** Everything that is read from machines, side by side. */
async function look(config: Config, intents: Intent[], leaseSeconds: number): Promise<Pick<Plan, 'ground' | 'faults'>> {
  const [{ railChecks }, { fleetChecks }, { plannedFault }] = await Promise.all([
    import('./doctor/rails.ts'),
    import('./doctor/fleet.ts'),
    import('./planned-fault.ts'),
  ]);
  return withDeps(config, async (deps) => {
    const specs = intents.flatMap((intent) => (intent.does === 'inject' ? [intent] : []));
    const [rails, ground, faults] = await Promise.all([
      railChecks(deps, mostAtOnce(config.fleet, intents)),
      fleetChecks(deps),
      Promise.all(specs.map(({ n, spec }) => plannedFault(deps, leaseSeconds, n, spec))),
    ]);
    return { ground: [...rails, ...ground], faults };
  });
}

/** How many faults stand side by side, by the scenario's own order. */
function mostAtOnce({ guards: rails }: Fleet, intents: Intent[]): Observation[] {
  let [standing, most] = [0, 0];
  for (const { does } of intents) {
    if (does === 'inject') most = Math.max(most, (standing += 1));
    if (does === 'heal') standing -= 1;
  }
  const may = rails?.mostFaults;
  if (may === undefined || most <= may) return [];
  return [fail(`it has up to ${most} faults at a time`, `\`guards.mostFaults\` of the fleet file is ${may}`)];
}

function render(plan: Plan, look: Look): string {
  const title = (text: string): string => `\n${paint(look, 'bold', text)}`;
  return [
    `${paint(look, 'bold', plan.scenario)} on the fleet ${plan.fleet}: nothing was touched`,
    ...wrap(plan.claim, look.width ?? 80),
    ...Object.entries(plan.options).map(([name, value]) => `${name} = ${value}`),
    title('Ground'),
    renderChecks(plan.ground, look),
    title('Steps'),
    ...plan.steps.map(({ text }, n) => `${String(n + 1).padStart(2)}  ${text}`),
    '    then what is not healed yet is, newest first; messages, logs and every machine are checked',
    ...plan.faults.flatMap((fault) => [title(`Fault ${fault.n}: ${fault.summary}`), ...renderFault(fault, look)]),
    '',
    `Each fault ends by itself ${plan.leaseSeconds} s after the last sign of life of the run.`,
    `The run takes at most about ${duration(plan.worstCaseSeconds)}, when every wait lasts to its deadline.`,
  ].join('\n');
}

function renderFault(fault: PlannedFault, look: Look): string[] {
  const words = (label: string, lines: string[]): string[] =>
    lines.map((line, n) => `  ${(n === 0 ? label : '').padEnd(8)}${line.replaceAll('\n', `\n${' '.repeat(12)}`)}`);
  return [
    ...words('on', [fault.machine ?? '?']),
    ...words('bearer', fault.bearer === null ? [] : [fault.bearer]),
    ...words('trial', fault.trial),
    ...words('inject', fault.inject),
    ...words('probe', fault.probe === null ? [] : [fault.probe]),
    ...words('heal', fault.heal),
    ...(fault.problem === null ? [] : [paint(look, 'red', `  problem ${fault.problem}`)]),
  ];
}
