import { strict as assert } from 'node:assert';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildStandins } from '../../../lab/standins/build.ts';

describe('the bundles of the stand-ins', () => {
  it('are the same bytes each time, wherever they are built', async () => {
    const dirs = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), '0k-bundles-'))));
    try {
      const contents = await Promise.all(
        dirs.map(async (dir) => {
          await buildStandins(dir);
          const names = (await readdir(dir)).toSorted();
          return Promise.all(names.map(async (name) => [name, (await readFile(join(dir, name))).toString('base64')]));
        }),
      );
      assert.deepEqual(contents[0], contents[1]);
      const names = contents[0]?.map(([name]) => name);
      assert.deepEqual(names, ['discovery.cjs', 'node-sqlite3-wasm.wasm', 'relay.cjs', 'sync-cli.cjs']);
    } finally {
      await Promise.all(dirs.map((dir) => rm(dir, { recursive: true })));
    }
  });

  it('leave SQLite out of sync-cli, which has to start quickly', async () => {
    const dir = await mkdtemp(join(tmpdir(), '0k-bundles-'));
    try {
      const { cli } = await buildStandins(dir);
      const text = await readFile(cli, 'utf8');
      assert.ok(!/sqlite|WebAssembly/i.test(text));
      assert.ok(text.length < 100_000, `${text.length} bytes`);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
