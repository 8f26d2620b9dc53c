import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { OptionSpec, OptionSpecs } from '../contract/scenario.ts';
import type { Admitted, Steps } from '../contract/steps.ts';
import { resolveTarget } from '../fleet/select.ts';
import type { Fleet } from '../fleet/schema.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';

const LEASE_SECONDS = 60;

/** Every option that a scenario takes, as a zod schema: strict, with defaults and bounds. */
export function inputSchema(options: OptionSpecs) {
  const own = Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, optionSchema(spec)]));
  return z.strictObject({
    fleet: z.string().optional(),
    leaseSeconds: z.number().min(5).max(3600).default(LEASE_SECONDS),
    iterations: z.int().min(1).max(1000).default(1),
    seed: z.int().min(0).max(0xffffffff).optional(),
    ...own,
  });
}

const optionSchema = (spec: OptionSpec) =>
  spec.type === 'number'
    ? z.number().min(spec.min).max(spec.max).default(spec.default)
    : z.enum(spec.choices as [string, ...string[]]).default(spec.default);

/** Checks one input against a scenario's options. @returns the options, or the errors as text. */
export function parseInput(options: OptionSpecs, input: unknown) {
  const parsed = inputSchema(options).safeParse(input ?? {});
  if (parsed.success) return { options: parsed.data as Record<string, number | string>, errors: undefined };
  return { options: undefined, errors: z.prettifyError(parsed.error) };
}

/** The door: anybody may have started the workflow, with any input. */
export const admit = ({ fleet }: Deps): Steps['admit'] =>
  async function admit({ run, input, definition }) {
    const parsed = parseInput(definition.options, input);
    if (parsed.options === undefined) {
      const known = ['fleet', 'leaseSeconds', ...Object.keys(definition.options)].join(', ');
      throw failure('BadInput', `The input of ${run.scenario} is not valid:\n${parsed.errors}\nOptions: ${known}.`);
    }
    const { fleet: meant, leaseSeconds, iterations: _, seed: __, ...options } = parsed.options;
    if (meant !== undefined && meant !== fleet.name) {
      throw failure(
        'BadInput',
        `The worker on this queue serves the fleet \`${fleet.name}\`, not \`${meant}\`. Start a worker with that fleet file.`,
      );
    }
    return {
      ...admittedTo(fleet, [...definition.breaks, ...definition.clients]),
      options,
      leaseSeconds: Number(leaseSeconds),
    };
  };

/** Names that must be in the fleet. @throws BadInput naming what there is. */
function admittedTo(fleet: Fleet, names: string[]): Omit<Admitted, 'options' | 'leaseSeconds'> {
  for (const name of names) {
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
    ...{ relays: Object.keys(fleet.relays), clients: Object.keys(fleet.clients) },
    ...{ commandSeconds, deliverSeconds, healthySeconds },
  };
}

/** Where leases can stand: every machine reached by SSH, and this one where a relay or container runs on it. */
export function brokenMachines(fleet: Fleet): string[] {
  return Object.entries(fleet.machines)
    .filter(([, machine]) => machine.ssh !== undefined || machine.docker !== undefined)
    .map(([name]) => name);
}

/** Short, stable and safe in file names: what a run's folders on the clients are called. */
export const shortId = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
