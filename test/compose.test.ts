import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { loadSettings } from '../src/config.ts';
import { SEARCH_ATTRIBUTES } from '../src/contract/names.ts';
import { findCompose } from '../scripts/compose.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = 'docker-compose.temporal.yml';

interface Service {
  image: string;
  restart?: string;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
}

const text = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

describe('the shared Temporal server by compose', () => {
  const { services, volumes } = parse(text(FILE), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };

  it('publishes ports on 127.0.0.1 only, those that the embedded server prefers', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);

    assert.deepEqual(published, ['127.0.0.1:${TEMPORAL_PORT:-7233}:7233', '127.0.0.1:${TEMPORAL_UI_PORT:-8233}:8080']);
  });

  it('keeps its data on a named volume', () => {
    const [source = ''] = services['postgresql']?.volumes?.[0]?.split(':') ?? [];

    assert.ok(Object.hasOwn(volumes, source), `\`${source}\` is no named volume`);
  });

  it('pins every image to a version', () => {
    for (const { image } of Object.values(services)) {
      assert.match(image, /^[\w/-]+:\d+(\.\d+)*$/);
    }
  });

  it('sets up schema, then server, then namespace, each after the one before is ready', () => {
    const after = (name: string): unknown => services[name]?.depends_on;

    assert.deepEqual(after('schema'), { postgresql: { condition: 'service_healthy' } });
    assert.deepEqual(after('temporal'), { schema: { condition: 'service_completed_successfully' } });
    assert.deepEqual(after('namespace'), { temporal: { condition: 'service_healthy' } });
    assert.deepEqual(after('ui'), { temporal: { condition: 'service_healthy' } });
  });

  it('has one-shots end: they are tried again only when they failed', () => {
    for (const name of ['schema', 'namespace']) {
      assert.match(services[name]?.restart ?? '', /^on-failure/);
    }
  });

  it('registers the search attributes of the contract with their types, no more and no less', () => {
    const listed = /<<'ATTRIBUTES'\n([^]*?)\nATTRIBUTES/.exec(text('docker/temporal/namespace.sh'))?.[1] ?? '';

    assert.deepEqual(Object.fromEntries(listed.split('\n').map((line) => line.split(' '))), SEARCH_ATTRIBUTES);
  });

  it('mounts only what is there', () => {
    for (const volume of Object.values(services).flatMap((service) => service.volumes ?? [])) {
      const source = volume.split(':')[0] ?? '';
      if (source.startsWith('.')) {
        assert.ok(existsSync(new URL(`../${source}`, import.meta.url)), `\`${source}\` is not there`);
      }
    }
  });

  for (const script of ['schema.sh', 'namespace.sh']) {
    it(`has a ${script} that sh can read`, async () => {
      await run('sh', ['-n', `docker/temporal/${script}`], { cwd: ROOT });
    });
  }

  it('is accepted by `docker compose config`', async function () {
    this.timeout(60_000);
    const { cacheDir, ci } = loadSettings();
    const words = await findCompose(cacheDir);
    if (words === undefined) {
      assert.ok(!ci, 'no Docker Compose on this machine, and CI must have one');
      this.skip();
    }
    const [program = '', ...rest] = words;

    const { stdout } = await run(program, [...rest, '-f', FILE, 'config', '--format', 'json'], { cwd: ROOT });

    const config = JSON.parse(stdout) as { name: string; services: Record<string, unknown> };
    assert.equal(config.name, '0k-chaos-temporal');
    assert.deepEqual(Object.keys(config.services).sort(), ['namespace', 'postgresql', 'schema', 'temporal', 'ui']);
  });
});
