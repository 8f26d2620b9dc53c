import { z } from 'zod';
import { argv, type Argv } from './argv.ts';
import type { Fault } from './fault.ts';

export const containerParams = z
  .strictObject({
    id: z.string().regex(/^[0-9a-f]{12,64}$/, 'a container id is 12 to 64 hexadecimal digits'),
    /** RFC 3339, as Docker prints it: with the id, names one incarnation. */
    startedAt: z.string().regex(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/, 'an RFC 3339 time'),
    action: z.enum(['kill', 'stop', 'restart', 'pause']),
    /** For `kill`. Default SIGKILL. */
    signal: z
      .string()
      .regex(/^(SIG)?[A-Z][A-Z0-9+-]{1,10}$|^[1-9]\d?$/, 'a signal is a name such as `SIGTERM`, or a number')
      .refine(
        (signal) => !/^(SIG)?(STOP|TSTP|TTIN|TTOU)$|^(19|2[0-2])$/.test(signal),
        'a signal that freezes cannot be told from health: use `pause`',
      )
      .optional(),
  })
  .refine(({ action, signal }) => signal === undefined || action === 'kill', '`signal` goes with `kill` only');
export type ContainerParams = z.infer<typeof containerParams>;

const state = ({ id }: ContainerParams): Argv => argv`container_state ${id}`;
const broken = ({ action }: ContainerParams): string => (action === 'pause' ? 'paused' : 'down');

/**
 * Kills, stops, restarts or pauses one incarnation of a container: one that somebody started since is left alone. `restart` ends by
 * itself, so that its probe only matches between its two halves; the heal finishes one that was interrupted there.
 * A `kill` with a signal that the process survives does not stand either.
 */
export const container: Fault<ContainerParams> = {
  kind: 'container',
  params: containerParams,
  bearer: ({ id }) => `container ${id}`,
  outlivesReboot: true,
  free: (params) => ({ argv: state(params), matches: `${params.startedAt} running` }),
  inject: () => [],
  heal: (params) => [argv`container_back ${params.id} ${params.startedAt} ${broken(params)}`],
  probe: (params) => ({ argv: state(params), matches: `${params.startedAt} ${broken(params)}` }),
  docker: ({ id, action, signal }) => ({ action, id, ...(action === 'kill' && { signal: signal ?? 'SIGKILL' }) }),
};
