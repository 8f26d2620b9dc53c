import { z } from 'zod';
import { describeFault } from '../contract/describe-fault.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import { faults } from '../faults/index.ts';
import { withoutNone } from '../faults/netem-shape.ts';
import type { Fleet } from '../fleet/schema.ts';
import { resolveTarget, type Target } from '../fleet/select.ts';
import type { Scenario } from '../workflows/scenario.ts';
import { badInput } from './errors.ts';
import { inOptions } from './fault-words.ts';
import { intentsOf, type Intent } from './recording-chaos.ts';

/** In place of what only the machine knows. */
const UNKNOWN = {
  id: '0'.repeat(12),
  startedAt: '2026-01-01T00:00:00Z',
  place: { on: 'machine' },
  dev: 'lo',
  tool: 'nft',
};

/** What a body would do, once what it would break is checked: before anything is started. @throws CliError with exit code 2 */
export async function checkBody(
  fleet: Fleet,
  scenario: Pick<Scenario, 'definition' | 'body'>,
  options: Record<string, number | string>,
): Promise<Intent[]> {
  const intents = await intentsOf(scenario, options, Object.keys(fleet.relays));
  for (const intent of intents)
    if (intent.does === 'inject')
      checkSpec(fleet, intent.spec, (why) => `${describeFault(intent.spec)} is not possible:\n${why}`);
  return intents;
}

/** Everything about a fault that can be judged without a look at a machine. @throws CliError, SelectError */
export function checkSpec(fleet: Fleet, spec: FaultSpec, told: (why: string) => string = inOptions): void {
  const target = resolveTarget(fleet, spec.target);
  if (spec.kind === 'container' && target.kind === 'machine')
    throw badInput(`\`${spec.target}\` is a machine: \`${spec.action}\` needs a relay or a client in a container`);
  for (const name of othersIn(spec)) {
    const other = otherOf(fleet, name);
    if (other.kind === 'machine' && target.kind === 'machine' && other.machine === target.machine)
      throw badInput(`\`${name}\` is \`${spec.target}\` itself: name another machine, or a relay`);
  }
  const { success, error } = faults[spec.kind].params.safeParse(placeholder(spec));
  if (!success) throw badInput(told(z.prettifyError(error as z.ZodError)));
}

/** Where a machine and a client in a container share a name, the machine is meant among the others of a fault. */
const otherOf = (fleet: Fleet, name: string): Pick<Target, 'kind' | 'machine'> =>
  Object.hasOwn(fleet.machines, name) ? { kind: 'machine', machine: name } : resolveTarget(fleet, name);

/** Names of the fleet in it, beside its target. */
function othersIn(spec: FaultSpec): string[] {
  switch (spec.kind) {
    case 'container':
      return [];
    case 'partition':
      return spec.from === 'all' ? [] : spec.from;
    case 'netem':
      return spec.toward === undefined ? [] : [spec.toward];
  }
}

const compose = (action: string) =>
  ['recreate', 'rebuild'].includes(action) && {
    compose: { project: 'p', service: 's', directory: '/', file: 'f', words: ['docker'] },
  };

function placeholder(spec: FaultSpec): Record<string, unknown> {
  const { id, startedAt, place, dev, tool } = UNKNOWN;
  switch (spec.kind) {
    case 'container':
      return {
        id,
        startedAt,
        action: spec.action,
        ...(spec.signal !== undefined && { signal: spec.signal }),
        ...compose(spec.action),
      };
    case 'partition': {
      const ports = spec.ports === 'data' ? ['udp'] : spec.ports;
      return { id, place, tool, from: 'all', direction: spec.direction, ...(ports && { ports }) };
    }
    case 'netem': {
      const { kind: _, target: __, toward: ___, interface: named = dev, ...shape } = spec;
      return { id, place, dev: named, ...withoutNone(shape) };
    }
  }
}
