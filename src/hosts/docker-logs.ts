import type Dockerode from 'dockerode';
import type { Readable } from 'node:stream';

interface Modem {
  dial(options: object, done: (error: Error | null, stream: Readable) => void): void;
}

/** The log as a stream, so far or for as long as it goes on: dockerode's own call would hold all of it in memory. */
export function openLogs(
  api: Dockerode,
  what: string,
  { since, until, follow, tail }: { since?: Date; until?: Date; follow?: boolean; tail?: number },
  abortSignal: AbortSignal,
): Promise<Readable> {
  const request = {
    path: `/containers/${encodeURIComponent(what)}/logs?`,
    method: 'GET',
    isStream: true,
    abortSignal,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    options: {
      ...{ stdout: true, stderr: true, ...epoch('since', since), ...epoch('until', until) },
      ...(follow === undefined ? {} : { follow }),
      ...(tail === undefined ? {} : { tail }),
    },
  };
  return new Promise((resolve, reject) => {
    (api.modem as Modem).dial(request, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

const epoch = (name: 'since' | 'until', date: Date | undefined) =>
  date === undefined ? {} : { [name]: date.getTime() / 1000 };
