import { strict as assert } from 'node:assert';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withLock } from '../../src/temporal/lock.ts';
import { identify } from '../../src/temporal/process.ts';

describe('a lock', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), '0k-chaos-lock-'));
    file = join(folder, 'lock');
  });

  it('lets one body run at a time and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const body = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await pause(20);
      inside -= 1;
    };

    await Promise.all([1, 2, 3, 4].map(() => withLock(file, 5_000, body)));

    assert.equal(most, 1);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is given back when the body fails', async () => {
    await assert.rejects(
      withLock(file, 1_000, () => Promise.reject(new Error('no'))),
      /no/,
    );

    assert.equal(await withLock(file, 1_000, () => Promise.resolve('yes')), 'yes');
  });

  it('passes over a holder that died', async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'in another life' }));

    assert.equal(await withLock(file, 1_000, () => Promise.resolve('mine')), 'mine');
  });

  it('waits for a living holder only so long, and names it', async () => {
    writeFileSync(file, JSON.stringify(identify(process.pid)));

    await assert.rejects(
      withLock(file, 150, () => Promise.resolve()),
      new RegExp(`process ${process.pid} has held`),
    );
    assert.deepEqual(readdirSync(folder), ['lock']);
  });
});
