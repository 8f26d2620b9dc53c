import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearUnfinished, ensureEntry, type Entry } from '../../lab/cache.ts';
import { cacheFolder } from '../../lab/paths.ts';

const quiet = (): void => undefined;

describe('the cache', () => {
  const before = process.env['XDG_CACHE_HOME'];
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'lab-cache-'));
    process.env['XDG_CACHE_HOME'] = home;
  });
  afterEach(() => {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
    rmSync(home, { recursive: true });
  });

  const entry = (madeOf: string[], build: Entry['build'] = async () => undefined): Entry => ({
    kind: 'template',
    madeOf,
    build,
  });
  const entries = (): string[] => readdirSync(cacheFolder()).filter((name) => name !== 'build.lock');

  it('builds what is missing once, however many ask at the same time', async () => {
    let built = 0;
    const one = entry(['a'], async (dir) => {
      built += 1;
      writeFileSync(join(dir, 'whole'), 'yes');
    });
    const [first, second] = await Promise.all([ensureEntry(one, quiet), ensureEntry(one, quiet)]);
    await ensureEntry(one, quiet);
    assert.equal(built, 1);
    assert.equal(first, second);
    assert.ok(existsSync(join(first, 'whole')));
  });

  it('tells things apart by everything that made them', async () => {
    assert.notEqual(await ensureEntry(entry(['ab', 'c']), quiet), await ensureEntry(entry(['a', 'bc']), quiet));
  });

  it('keeps nothing of a build that failed', async () => {
    const failing = entry(['a'], async (dir) => {
      writeFileSync(join(dir, 'half'), '');
      throw new Error('no mirror');
    });
    await assert.rejects(ensureEntry(failing, quiet), /no mirror/);
    assert.deepEqual(entries(), []);
  });

  it('clears away what a killed builder left, its processes too', async () => {
    const left = join(cacheFolder(), '.building-dead');
    mkdirSync(left, { recursive: true });
    const orphan = spawn('sleep', ['60'], { cwd: left, stdio: 'ignore' });
    const gone = once(orphan, 'exit');
    await clearUnfinished();
    assert.deepEqual(await gone, [null, 'SIGKILL']);
    assert.deepEqual(entries(), []);
  });

  it('leaves the folder of a builder at work alone', async () => {
    const one = entry(['a'], async (dir) => {
      await clearUnfinished();
      assert.ok(existsSync(dir));
    });
    assert.ok(existsSync(await ensureEntry(one, quiet)));
  });

  it('keeps the two newest of a kind, and what a process uses', async () => {
    const used = await ensureEntry(entry(['1']), quiet);
    const old = await ensureEntry(entry(['2']), quiet);
    for (const [index, dir] of [used, old].entries()) utimesSync(dir, index, index);
    const user = spawn('sh', ['-c', 'read _', `${used}/beast.ram`], { stdio: ['pipe', 'ignore', 'ignore'] });
    await ensureEntry(entry(['3']), quiet);
    const newest = await ensureEntry(entry(['4']), quiet);
    user.kill('SIGKILL');
    assert.ok(existsSync(used) && existsSync(newest) && !existsSync(old));
    assert.equal(entries().length, 3);
  });

  it('keeps a machine for as long as something that was saved stands on it', async () => {
    const machine = (madeOf: string): Promise<string> =>
      ensureEntry({ kind: 'machine', madeOf: [madeOf], build: async () => undefined }, quiet);
    const [old, unused] = [await machine('1'), await machine('2')];
    await ensureEntry(
      { kind: 'booted', madeOf: ['a'], build: async (dir) => writeFileSync(join(dir, 'machine'), old) },
      quiet,
    );
    for (const [index, dir] of [old, unused].entries()) utimesSync(dir, index, index);
    await machine('3');
    await machine('4');
    assert.ok(existsSync(old));
    assert.ok(!existsSync(unused));
  });
});
