import { z } from 'zod';
import { argv, type Argv } from './argv.ts';
import { service, serviceParams } from './container-service.ts';
import type { Fault } from './fault.ts';
import { isSignal } from './signals.ts';

const NEW_CONTAINER = ['recreate', 'rebuild'];

export const containerParams = z
  .strictObject({
    id: z.string().regex(/^[0-9a-f]{12,64}$/, 'a container id is 12 to 64 hexadecimal digits'),
    /** RFC 3339, as Docker prints it: with the id, names one incarnation. */
    startedAt: z.string().regex(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/, 'an RFC 3339 time'),
    action: z.enum(['kill', 'stop', 'restart', 'pause', 'recreate', 'rebuild']),
    /** For `kill`. Default SIGKILL. */
    signal: z
      .string()
      .refine(isSignal, 'no signal of Linux: a name such as `SIGTERM`, or a number up to 64')
      .refine(
        (signal) => !/^(SIG)?(STOP|TSTP|TTIN|TTOU)$|^(19|2[0-2])$/.test(signal),
        'a signal that freezes cannot be told from health: use `pause`',
      )
      .optional(),
    /** For `recreate` and `rebuild`. */
    compose: serviceParams.optional(),
  })
  .refine(({ action, signal }) => signal === undefined || action === 'kill', '`signal` goes with `kill` only')
  .refine(
    ({ action, compose }) => NEW_CONTAINER.includes(action) === (compose !== undefined),
    `\`compose\` goes with ${NEW_CONTAINER.join(' and ')}, and they need it`,
  );
export type ContainerParams = z.infer<typeof containerParams>;

const state = ({ id }: ContainerParams): Argv => argv`container_state ${id}`;
const broken = ({ action }: ContainerParams): string => (action === 'pause' ? 'paused' : 'down');

/** It is told to end, and takes its time for that. */
const endsLate = ({ action, signal = 'SIGKILL' }: ContainerParams): boolean =>
  action === 'stop' || action === 'restart' || (action === 'kill' && !/^(SIG)?KILL$|^9$/.test(signal));

/**
 * Kills, stops, restarts or pauses one incarnation of a container: one that somebody started since is left alone. `restart` ends by
 * itself, so that its probe only matches between its two halves; the heal finishes one that was interrupted there. So do `recreate`
 * and `rebuild`, after which the service has a container with another id. A `kill` with a signal that the process survives does not
 * stand either.
 */
export const container: Fault<ContainerParams> = {
  kind: 'container',
  params: containerParams,
  bearer: ({ id }) => `container ${id}`,
  outlivesReboot: true,
  free: (params) =>
    params.compose
      ? service.free(params.compose, params.id)
      : { argv: state(params), matches: `${params.startedAt} running` },
  inject: ({ id, startedAt, action, signal = 'SIGKILL', compose }) =>
    compose ? [] : [argv`container_broken ${id} ${startedAt} ${action} ${signal}`],
  settles: () => true,
  heal: (params) =>
    params.compose
      ? service.heal(params.compose)
      : [argv`container_back ${params.id} ${params.startedAt} ${broken(params)} ${endsLate(params) ? 12 : 0}`],
  probe: (params) =>
    params.compose
      ? service.probe(params.compose)
      : { argv: state(params), matches: `${params.startedAt} ${broken(params)}` },
  docker: ({ action, compose }) =>
    compose && { action: action === 'rebuild' ? action : 'recreate', service: compose.service },
};
