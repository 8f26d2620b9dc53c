import { strict as assert } from 'node:assert';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/0k-chaos.js', import.meta.url));

describe('0k-chaos server', function () {
  this.timeout(90_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), '0k-chaos-cli-server-'));
    const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
    const homes = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: cache };
    env = { PATH: process.env['PATH'], HOME: folder, ...homes };
  });

  after(() => {
    server('stop');
    rmSync(folder, { recursive: true, force: true });
  });

  const server = (...words: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, [ENTRY, 'server', ...words], { encoding: 'utf8', env, cwd: folder });

  it('says that none runs, and how to start one', () => {
    assert.match(server('status').stdout, /does not run; start it with `0k-chaos server start`/);
    assert.deepEqual(JSON.parse(server('status', '--json').stdout), { running: false });
    const { status, stderr } = server('env');
    assert.equal(status, 2);
    assert.match(stderr, /0k-chaos server start/);
  });

  it('starts one, with one JSON document on stdout and the rest on stderr', () => {
    const { stdout, stderr, status } = server('start', '--json');

    const started = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(status, 0);
    assert.equal(started['owned'], true);
    assert.equal(started['startedNow'], true);
    assert.match(stderr, /Temporal .* started at/);
    assert.equal(
      (JSON.parse(server('status', '--json').stdout) as Record<string, unknown>)['address'],
      started['address'],
    );
  });

  it('prints lines with which the plain `temporal` command talks to it', () => {
    const lines = server('env').stdout;

    const { stdout, stderr } = spawnSync('sh', ['-c', `${lines}\ntemporal operator search-attribute list`], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: folder },
    });

    assert.match(stdout, /ChaosScenario\s+Keyword/, stderr);
  });

  it('stops it', () => {
    assert.deepEqual(JSON.parse(server('stop', '--json').stdout), { stopped: true });
    assert.deepEqual(JSON.parse(server('stop', '--json').stdout), { stopped: false });
  });

  it('does not stop one that is not ours', () => {
    env['TEMPORAL_ADDRESS'] = '127.0.0.1:1';
    const { stderr, status } = server('stop');
    delete env['TEMPORAL_ADDRESS'];

    assert.match(stderr, /127\.0\.0\.1:1 is not ours to stop/);
    assert.equal(status, 2);
  });
});
