import type Dockerode from 'dockerode';
import { listed } from './docker-state.ts';
import { HostError } from './host.ts';

interface EngineAnswer extends Error {
  statusCode?: number;
  json?: { message?: string } | Buffer | null;
}

/** The HTTP status behind an error of ours. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof HostError ? (error.cause as EngineAnswer | undefined)?.statusCode : undefined;

/** What the engine's answer, or its absence, means. */
export async function dockerError(host: string, what: string, api: Dockerode, error: unknown): Promise<HostError> {
  const { statusCode, json, message } = error as EngineAnswer;
  const said = String((json && !Buffer.isBuffer(json) ? json.message : undefined) ?? message).slice(0, 2_000);
  const head = `\`docker ${what}\` on ${host}`;
  if (error instanceof Error && error.name === 'AbortError')
    return new HostError('timeout', host, `${head} was not answered in time`, { cause: error });
  if (statusCode === undefined)
    return new HostError(
      'unknown',
      host,
      `${head} lost the Docker engine, so what became of it is not known: ${said}`,
      { cause: error },
    );
  if (statusCode === 404 && /no such container/i.test(said)) {
    const names = await namesOf(api);
    return new HostError('missing', host, `${head}: no such container (there are: ${names})`, { cause: error });
  }
  return new HostError('docker', host, `${head} answered ${statusCode}: ${said}`, { cause: error });
}

async function namesOf(api: Dockerode): Promise<string> {
  const answer = await api.listContainers({ all: true, abortSignal: AbortSignal.timeout(5_000) }).catch(() => []);
  const there = listed.safeParse(answer).data ?? [];
  const names = there.flatMap(({ Names }) => (Names ?? []).map((name) => `\`${name.replace(/^\//, '')}\``)).toSorted();
  return names.length === 0 ? 'none' : names.join(', ');
}
