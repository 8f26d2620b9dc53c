import { z } from 'zod';
import type { Argv } from './argv.ts';
import type { Check } from './fault.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/i, 'a name of Compose');

/** The service of a Compose project, for faults that end its container and make another one. */
export const serviceParams = z.strictObject({
  project: name,
  service: name,
  /** Absolute, as the heal is root's. */
  directory: z.string().regex(/^\/[^\0]*$/, 'an absolute path'),
  file: z.string().min(1),
  /** `docker compose`, or version 1. */
  words: z.array(z.string().min(1)).min(1),
});
export type ServiceParams = z.infer<typeof serviceParams>;

/** `ID running|paused|down`, or `none`. */
const state = ({ project, service }: ServiceParams): Argv => ['service_state', project, service];

/** A new container has a new id: what is looked at is the service. It is broken between its two containers only. */
export const service = {
  free: (params: ServiceParams, id: string): Check => ({ argv: state(params), matches: `${id} running` }),
  probe: (params: ServiceParams): Check => ({ argv: state(params), matches: '* down|none' }),
  /** Starts the container there is, or makes one where the old one is gone and the new one not yet there. */
  heal: ({ project, service: of, directory, file, words }: ServiceParams): Argv[] => [
    ['service_back', project, of, directory, ...words, '-f', file, '-p', project, 'up', '-d', '--no-deps', of],
  ],
};
