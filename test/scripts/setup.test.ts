import { strict as assert } from 'node:assert';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SETUP = new URL('../../scripts/setup.mjs', import.meta.url);

/** A clone with one dependency, an entry that tells how it was called, and an npm that notes that it was. */
class Clone {
  readonly root = mkdtempSync(join(tmpdir(), '0k-chaos-setup-'));
  readonly npmCalls = join(this.root, 'npm-calls');

  constructor() {
    for (const folder of ['scripts', 'bin', 'path', 'sub']) {
      mkdirSync(join(this.root, folder));
    }
    copyFileSync(SETUP, join(this.root, 'scripts', 'setup.mjs'));
    this.write('package.json', JSON.stringify({ type: 'module' }));
    this.write(
      'package-lock.json',
      lockfile({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac': { version: '1.0.0', optional: true } }),
    );
    this.write(
      'bin/0k-chaos.js',
      'console.log(JSON.stringify({ words: process.argv.slice(2), cwd: process.cwd() })); process.exitCode = 3;',
    );
    this.npm('exit 0');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.root, file), text, { mode: 0o755 });
  }

  npm(script: string): void {
    this.write('path/npm', `#!/bin/sh\necho "$*" >>'${this.npmCalls}'\n${script}\n`);
  }

  installed(version: string): void {
    mkdirSync(join(this.root, 'node_modules'), { recursive: true });
    this.write('node_modules/.package-lock.json', lockfile({ 'node_modules/a': { version } }));
  }

  calls(): string[] {
    return existsSync(this.npmCalls) ? readFileSync(this.npmCalls, 'utf8').trim().split('\n') : [];
  }

  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH: `${join(this.root, 'path')}:${process.env['PATH']}`,
      ...more,
    };
    delete env['NODE_OPTIONS'];
    return env;
  }

  run(words: string[], more?: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
    const all = [join(this.root, 'scripts', 'setup.mjs'), ...words];
    return spawnSync(process.execPath, all, { encoding: 'utf8', env: this.environment(more), cwd: this.root });
  }
}

const lockfile = (packages: object): string => JSON.stringify({ packages: { '': { name: 'clone' }, ...packages } });

describe('npm run chaos', () => {
  let clone: Clone;

  beforeEach(() => (clone = new Clone()));
  afterEach(() => rmSync(clone.root, { recursive: true, force: true }));

  it('runs the entry with all words as they are and its exit code, and no npm, where everything is installed', () => {
    clone.installed('1.0.0');

    const { stdout, status } = clone.run(['chaos', 'run', '--flag', 'two words', '$(id)', '']);

    assert.deepEqual((JSON.parse(stdout) as { words: string[] }).words, ['run', '--flag', 'two words', '$(id)', '']);
    assert.equal(status, 3);
    assert.deepEqual(clone.calls(), []);
  });

  it('installs first where nothing is installed, says so, and keeps stdout for the entry', () => {
    const { stdout, stderr, status } = clone.run(['chaos', 'list']);

    assert.match(clone.calls().join('\n'), /^ci --ignore-scripts /);
    assert.match(stderr, /npm ci/);
    assert.deepEqual((JSON.parse(stdout) as { words: string[] }).words, ['list']);
    assert.equal(status, 3);
  });

  it('installs where another version is installed than the lockfile names', () => {
    clone.installed('0.9.0');

    clone.run(['chaos']);

    assert.equal(clone.calls().length, 1);
  });

  it('ends where the installation fails, before anything else runs', () => {
    clone.npm('echo "npm error no network" >&2; exit 1');

    const { stdout, stderr, status } = clone.run(['chaos', 'list']);

    assert.equal(stdout, '');
    assert.match(stderr, /no network[^]*`npm ci .*` ended with 1/);
    assert.equal(status, 1);
  });

  it('works in the folder that a person called npm from', () => {
    clone.installed('1.0.0');
    const folder = join(clone.root, 'sub');

    const { stdout } = clone.run(['chaos'], { npm_lifecycle_event: 'chaos', INIT_CWD: folder });

    assert.equal((JSON.parse(stdout) as { cwd: string }).cwd, folder);
  });

  it('gives signals to the entry itself', async () => {
    clone.installed('1.0.0');
    clone.write(
      'bin/0k-chaos.js',
      "process.on('SIGINT', () => process.exit(130)); setInterval(() => {}, 1000); console.log('ready');",
    );
    const words = [join(clone.root, 'scripts', 'setup.mjs'), 'chaos'];
    const child = spawn(process.execPath, words, { env: clone.environment(), stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');

    child.kill('SIGINT');

    assert.deepEqual(await once(child, 'close'), [130, null]);
  });

  it('names its commands when it is given another', () => {
    const { stderr, status } = clone.run(['destroy']);

    assert.match(stderr, /demo\|test\|bench\|matrix\|chaos/);
    assert.equal(status, 2);
  });
});
