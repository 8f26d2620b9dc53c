import { z } from 'zod';
import { HostError, type ContainerState } from './host.ts';

const address = z.union([z.ipv4(), z.ipv6(), z.literal('')]);
const bindings = z.record(z.string(), z.array(z.object({ HostPort: z.string().regex(/^\d*$/).optional() })).nullable());

/** What of `docker inspect` counts, and nothing that Docker would not say. Addresses stand under `Networks` only, from API 1.52 on. */
const inspected = z.object({
  Id: z.string().regex(/^[0-9a-f]{12,64}$/),
  Name: z.string().regex(/^\/?[\w.-]{1,256}$/),
  State: z.object({
    Status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    StartedAt: z.string().regex(/^[\dTZ:.+-]{1,40}$/),
    FinishedAt: z.string().regex(/^[\dTZ:.+-]{1,40}$/),
    Pid: z.int().min(0),
    ExitCode: z.int(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  RestartCount: z.int().min(0).default(0),
  Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
  HostConfig: z.object({ PortBindings: bindings.nullish(), NetworkMode: z.string().nullish() }).nullish(),
  NetworkSettings: z.object({
    Networks: z
      .record(z.string(), z.object({ IPAddress: address.nullish(), GlobalIPv6Address: address.nullish() }))
      .nullish(),
  }),
});

export const listed = z.array(
  z.object({
    Id: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Names: z.array(z.string()).nullish(),
  }),
);

/** `docker diff`. Where nothing has changed the engine says `null`, which dockerode gives as it came: a buffer. */
export const changed = z.preprocess(
  (answer) => (Buffer.isBuffer(answer) && answer.toString().trim() === 'null' ? [] : answer),
  z.array(z.object({ Path: z.string().startsWith('/'), Kind: z.int() })),
);
export const DELETED = 2;

const api = z.string().regex(/^\d{1,4}\.\d{1,4}$/);
export const versions = z.object({ Version: z.string().default(''), ApiVersion: api, MinAPIVersion: api.optional() });

/** What an engine answered, as Docker documents it. @throws HostError `docker` where it is something else */
export function readAnswer<T>(host: string, what: string, schema: z.ZodType<T>, answer: unknown): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const why = `\`${issue?.path.map(String).join('.') ?? ''}\`: ${issue?.message ?? ''}`.slice(0, 300);
  throw new HostError(
    'docker',
    host,
    `\`docker ${what}\` on ${host} answered what no Docker engine does (${why}): does the socket belong to one?`,
  );
}

export function stateOf(host: string, what: string, answer: unknown): ContainerState {
  const info = readAnswer(host, `inspect ${what}`, inspected, answer);
  const { State: state, Config: config } = info;
  const networks = Object.values(info.NetworkSettings.Networks ?? {});
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    service: config.Labels?.['com.docker.compose.service'] ?? null,
    image: config.Image,
    status: state.Status,
    startedAt: state.StartedAt,
    finishedAt: state.FinishedAt,
    pid: state.Pid,
    restarts: info.RestartCount,
    exitCode: state.ExitCode,
    health: healthOf(state.Health?.Status),
    addresses: networks
      .flatMap((network) => [network.IPAddress, network.GlobalIPv6Address])
      .filter((one): one is string => Boolean(one)),
    sharesNetwork: /^(host$|container:)/.test(info.HostConfig?.NetworkMode ?? ''),
    published: publishedOf(info.HostConfig?.PortBindings ?? {}),
  };
}

/** `{ '9000/udp': [{ HostPort: '8190' }] }` → `udp/8190`. A port that Docker chooses anew at each start has no number here. */
function publishedOf(ports: z.infer<typeof bindings>): string[] {
  return Object.entries(ports).flatMap(([port, hosts]) =>
    (hosts ?? []).flatMap(({ HostPort }) => (HostPort ? [`${port.split('/')[1] ?? 'tcp'}/${HostPort}`] : [])),
  );
}

const healthOf = (status: string | undefined): ContainerState['health'] =>
  status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : null;
