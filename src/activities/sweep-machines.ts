import { z } from 'zod';
import type { SweepSteps } from '../contract/sweep.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { sweepFleet } from './sweep.ts';

const inputSchema = z.strictObject({ fleet: z.string().optional() });

/** The sweep as a step of its workflow: anybody may have started it, with any input. */
export const sweepMachines = (deps: Deps): SweepSteps['sweepMachines'] =>
  async function sweepMachines({ input, previous }) {
    const { data, error } = inputSchema.safeParse(input ?? {});
    if (error) throw failure('BadInput', `The input of sweep is not valid:\n${z.prettifyError(error)}`);
    const { name } = deps.fleet;
    if (data.fleet !== undefined && data.fleet !== name)
      throw failure('BadInput', `The worker on this queue serves the fleet \`${name}\`, not \`${data.fleet}\`.`);
    return beating(() => sweepFleet(deps, previous));
  };
