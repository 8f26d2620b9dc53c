import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAwake, awakeMs, patience, pauses } from '../../src/hosts/awake.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import { LONG_MS, standStill } from '../stand-still.ts';

describe('a process that stood still', function () {
  this.timeout(30_000);

  it('counts the time in which it ran, and how often it stood still', async () => {
    const [ran, stood] = [awakeMs(), pauses()];

    await standStill(LONG_MS);
    await sleep(100);

    assert.ok(awakeMs() - ran < 3_000, `${awakeMs() - ran} ms`);
    assert.equal(pauses(), stood + 1);
  });

  it('waits for as long as it was told to, of time in which it ran', async () => {
    let isDue = false;
    afterAwake(300, () => (isDue = true));
    const calledOff = afterAwake(300, () => assert.fail('was called off'));

    await standStill(LONG_MS);
    await sleep(200);
    calledOff();

    assert.equal(isDue, false);
    await sleep(4_000);
    assert.equal(isDue, true);
  });

  it('looks once more after that, though its time is over', async () => {
    const isOver = patience(-1);
    await standStill(LONG_MS);
    assert.deepEqual([isOver(), isOver()], [false, true]);
  });

  it('hears what a command answered meanwhile, before its deadline passes', async () => {
    const folder = mkdtempSync(join(tmpdir(), '0k-chaos-awake-'));
    const hosts = createHosts({ stateDir: folder, machines: { q: { local: true } } });
    try {
      const answer = hosts.get('q').exec(['sh', '-c', 'sleep 1; echo done'], { timeoutMs: 3_000 });
      await sleep(300);

      await standStill(LONG_MS);

      assert.equal((await answer).stdout, 'done\n');
    } finally {
      await hosts.close();
      rmSync(folder, { recursive: true });
    }
  });
});
