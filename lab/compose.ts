import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';

/** Where the guide keeps the file on Beast; Compose labels containers with it. */
export const COMPOSE_FILE = '/home/jimmyb/0k-sync/tests/chaos/docker-compose.distributed.yml';
const WORKING_DIR = COMPOSE_FILE.slice(0, COMPOSE_FILE.lastIndexOf('/'));

/** The part of Compose's language that our file uses. Anything else in it is an error, not silently dropped. */
const service = z.strictObject({
  image: z.string(),
  command: z.array(z.string()),
  hostname: z.string(),
  cap_add: z.array(z.string()).default([]),
  stop_signal: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: duration(),
      timeout: duration(),
      retries: z.int(),
      start_period: duration(),
    })
    .optional(),
  ports: z.array(z.string().regex(/^\d+:\d+(\/udp)?$/)).default([]),
  volumes: z.array(z.string()),
});
const file = z.object({ name: z.string(), services: z.record(z.string(), service) });
type Service = z.infer<typeof service>;

/** `5s`, as the nanoseconds that Docker counts in. */
function duration() {
  return z
    .string()
    .regex(/^\d+s$/)
    .transform((text) => Number.parseInt(text, 10) * 1e9);
}

export interface ContainerRequest {
  name: string;
  /** Body of Docker's `POST /containers/create`. */
  body: Record<string, unknown>;
}

/** The containers of a Compose file as requests to Docker, named and labelled as `docker compose up` does. */
export function containerRequests(composeYaml: string): ContainerRequest[] {
  const { name: project, services } = file.parse(parse(composeYaml, { merge: true }));
  return Object.entries(services).map(([name, definition]) => ({
    name: `${project}-${name}-1`,
    body: requestBody(project, name, definition),
  }));
}

function requestBody(project: string, name: string, definition: Service): Record<string, unknown> {
  const { healthcheck: health } = definition;
  const network = `${project}_default`;
  return {
    Image: definition.image,
    Cmd: definition.command,
    Hostname: definition.hostname,
    Env: Object.entries(definition.environment).map(([key, value]) => `${key}=${value}`),
    Labels: labels(project, name, definition),
    ExposedPorts: Object.fromEntries(definition.ports.map((port) => [inner(port), {}])),
    ...(definition.stop_signal ? { StopSignal: definition.stop_signal } : {}),
    ...(health
      ? {
          Healthcheck: {
            Test: health.test,
            Interval: health.interval,
            Timeout: health.timeout,
            Retries: health.retries,
            StartPeriod: health.start_period,
          },
        }
      : {}),
    HostConfig: {
      Binds: definition.volumes.map((volume) => (volume.startsWith('/') ? volume : `${project}_${volume}`)),
      CapAdd: definition.cap_add,
      NetworkMode: network,
      PortBindings: Object.fromEntries(
        definition.ports.map((port) => [inner(port), [{ HostPort: port.split(':')[0] }]]),
      ),
      RestartPolicy: { Name: 'no' },
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name, `${project}-${name}-1`] } } },
  };
}

function inner(port: string): string {
  const container = port.split(':')[1] ?? '';
  return container.includes('/') ? container : `${container}/tcp`;
}

function labels(project: string, name: string, definition: Service): Record<string, string> {
  return {
    'com.docker.compose.project': project,
    'com.docker.compose.service': name,
    'com.docker.compose.container-number': '1',
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.project.config_files': COMPOSE_FILE,
    'com.docker.compose.project.working_dir': WORKING_DIR,
    'com.docker.compose.config-hash': createHash('sha256').update(JSON.stringify(definition)).digest('hex'),
  };
}
