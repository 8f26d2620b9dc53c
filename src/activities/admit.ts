import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PAYLOADS } from '../contract/message-spec.ts';
import type { Payload } from '../contract/message-spec.ts';
import { ownerOf } from '../contract/run.ts';
import type { RunInput } from '../contract/run.ts';
import { namesIn } from '../contract/scenario.ts';
import type { OptionSpec, OptionSpecs, ScenarioDefinition } from '../contract/scenario.ts';
import type { Admitted, Steps } from '../contract/steps.ts';
import { netemParams } from '../faults/netem.ts';
import { describeWatch } from '../fleet/guard-rules.ts';
import { brokenMachines, resolveTarget, resourcesOf } from '../fleet/select.ts';
import type { Fleet } from '../fleet/schema.ts';
import { refuseWhenBraked } from './brake.ts';
import type { Deps } from './deps.ts';
import { boundedLease, refuseByGuards } from './door.ts';
import { failure } from './failures.ts';

const LEASE_SECONDS = 60;

/** What every scenario takes besides its own options. */
const common = {
  fleet: z.string().optional(),
  leaseSeconds: z.number().min(5).max(3600).default(LEASE_SECONDS),
  iterations: z.int().min(1).max(1000).default(1),
  seed: z.int().min(0).max(0xffffffff).optional(),
  payload: z.enum(PAYLOADS as [Payload, ...Payload[]]).optional(),
};

/** The names that any input may have: those of the scenario stand after them. */
export const COMMON_OPTIONS = Object.keys(common);

/** Every option that a scenario takes, as a zod schema: strict, with defaults and bounds. */
export function inputSchema(options: OptionSpecs) {
  const own = Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, optionSchema(spec)]));
  return z.strictObject({ ...common, ...own });
}

function optionSchema(spec: OptionSpec) {
  if (spec.type === 'number') return z.number().min(spec.min).max(spec.max).default(spec.default);
  if (spec.type === 'choice') return z.enum(spec.choices as [string, ...string[]]).default(spec.default);
  if (spec.type === 'interface') return z.union([z.literal(''), netemParams.shape.dev]).default(spec.default);
  return z.string().min(1).default(spec.default);
}

/** Checks one input against a scenario's options. @returns the options, or the errors as text. */
export function parseInput(options: OptionSpecs, input: unknown) {
  const parsed = inputSchema(options).safeParse(input ?? {});
  if (parsed.success) return { options: parsed.data as Record<string, number | string>, errors: undefined };
  return { options: undefined, errors: z.prettifyError(parsed.error) };
}

/** The door: anybody may have started the workflow, with any input. */
export const admit = (deps: Pick<Deps, 'fleet' | 'stateDir'>): Steps['admit'] =>
  async function admit({ run, input, definition }) {
    const { fleet } = deps;
    refuseWhenBraked(deps);
    const parsed = parseInput(definition.options, input);
    if (parsed.options === undefined) {
      const known = [...COMMON_OPTIONS, ...Object.keys(definition.options)].join(', ');
      throw failure('BadInput', `The input of ${run.scenario} is not valid:\n${parsed.errors}\nOptions: ${known}.`);
    }
    const { fleet: meant, leaseSeconds, iterations, seed, payload, ...options } = parsed.options;
    if (meant !== undefined && meant !== fleet.name) {
      throw failure(
        'BadInput',
        `The worker on this queue serves the fleet \`${fleet.name}\`, not \`${meant}\`. Start a worker with that fleet file.`,
      );
    }
    const part = admittedTo(fleet, definition, options);
    const chosen = (input as RunInput | undefined)?.leaseSeconds;
    refuseByGuards(fleet, part.breaks, chosen);
    return {
      ...part,
      ...{ options, leaseSeconds: boundedLease(fleet, Number(leaseSeconds)), iterations: Number(iterations) },
      payload: (payload ?? definition.payload) as Payload,
      seed: seed === undefined ? seedOf(ownerOf(run)) : Number(seed),
    };
  };

type Part = Omit<Admitted, 'options' | 'leaseSeconds' | 'iterations' | 'payload' | 'seed'>;

/** Names that must be in the fleet. @throws BadInput naming what there is. */
function admittedTo(fleet: Fleet, definition: ScenarioDefinition, options: Record<string, unknown>): Part {
  const problem = roleProblem(fleet, definition.options, options);
  if (problem) throw failure('BadInput', problem);
  const breaks = namesIn(definition.breaks, options);
  const drives = namesIn(definition.clients, options);
  for (const name of [...breaks, ...drives]) {
    try {
      resolveTarget(fleet, name);
    } catch (error) {
      throw failure('BadInput', `The scenario needs \`${name}\`: ${(error as Error).message}`, error);
    }
  }
  const { commandSeconds, deliverSeconds, healthySeconds } = fleet.times;
  return {
    fleet: fleet.name,
    machines: brokenMachines(fleet),
    ...{ breaks, drives, exclusive: brokenWith(fleet, breaks) },
    ...{ relays: Object.keys(fleet.relays), clients: Object.keys(fleet.clients) },
    ...{ commandSeconds, deliverSeconds, healthySeconds },
    ...railsOf(fleet),
  };
}

/** What the workflow itself has to see to. */
function railsOf({ guards }: Fleet): Pick<Admitted, 'abortWhen' | 'longestFaultSeconds'> {
  const { abortWhen = [], longestFaultSeconds } = guards ?? {};
  return {
    ...(abortWhen.length > 0 && { abortWhen: abortWhen.map(describeWatch) }),
    ...(longestFaultSeconds !== undefined && { longestFaultSeconds }),
  };
}

/** Options that name a relay or a client must name one of the fleet. @returns what is wrong */
export function roleProblem(fleet: Fleet, specs: OptionSpecs, options: Record<string, unknown>): string | undefined {
  for (const [name, { type }] of Object.entries(specs)) {
    if (type !== 'relay' && type !== 'client') continue;
    const there = Object.keys(type === 'relay' ? fleet.relays : fleet.clients);
    const value = String(options[name]);
    if (!there.includes(value)) {
      return `\`${name}\` names no ${type} of the fleet \`${fleet.name}\`: \`${value}\` (known: ${there.join(', ')}).`;
    }
  }
  return undefined;
}

/** Whatever cannot be used while these are broken: what they stand for, and all that runs on a broken machine. */
function brokenWith(fleet: Fleet, breaks: string[]): string[] {
  const machines = breaks.map((name) => resolveTarget(fleet, name)).filter(({ kind }) => kind === 'machine');
  const clients = Object.entries(fleet.clients).filter(([, client]) =>
    machines.some(({ machine }) => machine === client.machine),
  );
  const resources = breaks.flatMap((target) => resourcesOf(fleet, { target }));
  return [...new Set([...breaks, ...resources, ...clients.map(([name]) => name)])];
}

/** Drawn from the run itself, so that it is another one each time and can be said afterwards. */
const seedOf = (owner: string): number => createHash('sha256').update(owner).digest().readUInt32BE(0);

/** Short, stable and safe in file names: what a run's folders on the clients are called. */
export const shortId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
