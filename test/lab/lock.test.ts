import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLock, withLock } from '../../lab/lock.ts';

describe('a lock', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lab-lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('lets the second wait for the first, and tells it so', async () => {
    const file = join(dir, 'lock');
    const order: string[] = [];
    let secondWaits = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (secondWaits = resolve));
    const first = withLock(file, assert.fail, async () => {
      order.push('first in');
      void withLock(file, secondWaits, async () => void order.push('second in')).then(() => order.push('second out'));
      await waiting;
      order.push('first out');
    });
    await first;
    await withLock(
      file,
      () => undefined,
      async () => undefined,
    );
    assert.deepEqual(order.slice(0, 3), ['first in', 'first out', 'second in']);
  });

  it('is let go when its body throws', async () => {
    const file = join(dir, 'lock');
    await assert.rejects(
      withLock(file, assert.fail, () => Promise.reject(new Error('body'))),
      /body/,
    );
    await withLock(
      file,
      () => undefined,
      async () => undefined,
    );
  });

  it('is free as soon as it was let go', async () => {
    const release = await tryLock(join(dir, 'lock'));
    await release?.();
    const again = await tryLock(join(dir, 'lock'));
    assert.notEqual(again, null);
    await again?.();
  });

  it('is let go when its holder is killed', async () => {
    const file = join(dir, 'lock');
    const script = `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, '../../lab/lock.ts'))};
      await tryLock(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000);`;
    const words = ['--import', 'tsx', '--input-type=module', '-e', script];
    const holder = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    assert.equal(await tryLock(file), null);
    holder.kill('SIGKILL');
    assert.equal(
      await withLock(
        file,
        () => undefined,
        async () => 'mine',
      ),
      'mine',
    );
  });
});
