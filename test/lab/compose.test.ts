import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMPOSE_FILE, containerRequests } from '../../lab/compose.ts';
import { machineFolder } from '../../lab/paths.ts';

const yaml = readFileSync(join(machineFolder(), 'docker-compose.distributed.yml'), 'utf8');

describe('the containers of the Compose file', () => {
  const requests = containerRequests(yaml);
  const bodyOf = (name: string) => requests.find((request) => request.name === name)?.body as Record<string, unknown>;

  it('are named as Compose names them', () => {
    assert.deepEqual(
      requests.map(({ name }) => name),
      ['dist-chaos-relay-1-1', 'dist-chaos-relay-2-1', 'dist-chaos-relay-3-1', 'dist-chaos-client-beast-1'],
    );
  });

  it('carry the labels by which Compose, and we, find them', () => {
    const labels = bodyOf('dist-chaos-relay-2-1')['Labels'] as Record<string, string>;
    assert.equal(labels['com.docker.compose.project'], 'dist-chaos');
    assert.equal(labels['com.docker.compose.service'], 'relay-2');
    assert.equal(labels['com.docker.compose.container-number'], '1');
    assert.equal(labels['com.docker.compose.oneoff'], 'False');
    assert.equal(labels['com.docker.compose.project.config_files'], COMPOSE_FILE);
    assert.equal(labels['com.docker.compose.project.working_dir'], '/home/jimmyb/0k-sync/tests/chaos');
    assert.match(labels['com.docker.compose.config-hash'] ?? '', /^[0-9a-f]{64}$/);
  });

  it('publish health over TCP and data over UDP, each relay on ports of its own', () => {
    const { PortBindings: bindings } = bodyOf('dist-chaos-relay-3-1')['HostConfig'] as { PortBindings: unknown };
    assert.deepEqual(bindings, { '8080/tcp': [{ HostPort: '8092' }], '9000/udp': [{ HostPort: '8192' }] });
  });

  it('keep the data of each relay on a volume of the project, and bind folders as they are', () => {
    const { Binds: binds } = bodyOf('dist-chaos-relay-1-1')['HostConfig'] as { Binds: string[] };
    assert.ok(binds.includes('dist-chaos_relay-1-data:/data'));
    assert.ok(binds.includes('/run/lab:/run/lab:ro'));
  });

  it('end by SIGINT, may use netem, and stay down once killed', () => {
    const body = bodyOf('dist-chaos-relay-1-1');
    const host = body['HostConfig'] as { CapAdd: string[]; RestartPolicy: { Name: string } };
    assert.equal(body['StopSignal'], 'SIGINT');
    assert.deepEqual(host.CapAdd, ['NET_ADMIN']);
    assert.equal(host.RestartPolicy.Name, 'no');
  });

  it('give Docker the times of a health check in nanoseconds', () => {
    const health = bodyOf('dist-chaos-relay-1-1')['Healthcheck'] as { Interval: number; Retries: number };
    assert.equal(health.Interval, 15_000_000_000);
    assert.equal(health.Retries, 5);
  });

  it('are refused where the file says something that we would drop', () => {
    assert.throws(() => containerRequests(yaml.replace('hostname: relay-1', 'privileged: true')), /privileged/);
  });
});
