import { describeFault } from '../contract/describe-fault.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import { gaugeFor } from '../activities/bite/index.ts';
import type { Deps } from '../activities/deps.ts';
import { faultOf, resolveFault } from '../activities/resolve.ts';
import { allLost } from '../activities/trial.ts';
import type { Fault } from '../faults/fault.ts';
import type { Argv } from '../faults/argv.ts';
import { neverProblem } from '../fleet/guard-rules.ts';
import { inTheWay } from './bearer.ts';
import { shown } from './words.ts';

/** One fault as `plan` shows it, with the words that would run on the machine. */
export interface PlannedFault {
  n: number;
  summary: string;
  /** Null: it could not be found out. */
  machine: string | null;
  bearer: string | null;
  /** Before a netem: everything that it selects is lost while a real pull tries to get through. */
  trial: string[];
  inject: string[];
  heal: string[];
  probe: string | null;
  /** What keeps it from being put in place now. */
  problem: string | null;
}

/** Finds containers, devices and addresses as a run would. Reads only. */
export async function plannedFault(
  deps: Deps,
  leaseSeconds: number,
  n: number,
  spec: FaultSpec,
): Promise<PlannedFault> {
  const text = (argv: Argv): string => shown(argv, leaseSeconds);
  const summary = describeFault(spec);
  try {
    const { resolved, fault, params } = await found(deps, `plan/${n}`, spec);
    const bearer = fault.bearer(params);
    const { argv, matches } = fault.probe(params);
    return {
      ...{ n, summary, machine: resolved.machine, bearer },
      trial: await trialWords(deps, n, spec, text),
      inject: [...fault.inject(params).map(text), ...dockerWords(fault, params)],
      heal: fault.heal(params).map(text),
      probe: `${text(argv)}  (stands while that shows \`${matches}\`)`,
      problem: neverProblem(deps.fleet, spec) ?? (await inTheWay(deps, resolved.machine, fault, params)),
    };
  } catch (error) {
    return {
      n,
      summary,
      machine: null,
      bearer: null,
      trial: [],
      inject: [],
      heal: [],
      probe: null,
      problem: (error as Error).message,
    };
  }
}

async function found(deps: Deps, id: string, spec: FaultSpec) {
  const resolved = await resolveFault(deps, id, spec);
  const fault = faultOf(resolved);
  return { resolved, fault, params: fault.params.parse(resolved.params) };
}

async function trialWords(deps: Deps, n: number, spec: FaultSpec, text: (argv: Argv) => string): Promise<string[]> {
  const plan = { scenario: 'plan', workflowId: 'plan', runId: String(n) };
  const { way } = gaugeFor(deps, plan, spec);
  const lost = allLost(spec);
  if (way === undefined || lost === undefined) return [];
  const { fault, params } = await found(deps, `plan/${n}/trial`, lost);
  return [
    ...fault.inject(params).map(text),
    `(real pulls from ${way.client} of ${way.relays.join(', ')}: none may get there)`,
    ...fault.heal(params).map(text),
  ];
}

function dockerWords(fault: Fault<unknown>, params: unknown): string[] {
  const docker = fault.docker?.(params);
  if (docker === undefined) return [];
  return [`docker compose: ${docker.action} ${docker.service}`];
}
