import { strict as assert } from 'node:assert';
import { askGround } from './ask-ground.ts';
import { onTheLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';

describe('the ground, on machines with netem', function () {
  this.timeout(240_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  const foldersThere = async (): Promise<string> => {
    const look = 'ls -d /tmp/0k-chaos-* /tmp/0k-sync-test/0k-chaos-* 2>/dev/null; true';
    return (await here.root('beast', 'sh', '-c', look)) + (await here.root('guardian', 'sh', '-c', look));
  };

  it('are good in all 21 checks, which leave nothing behind', async () => {
    const before = await foldersThere();
    const { exitCode, checks, left } = await askGround(here);
    assert.deepEqual(
      checks.filter(({ state }) => state !== 'ok').map(({ name, what }) => [name, what]),
      [],
    );
    assert.deepEqual([exitCode, checks.length, left], [0, 21, []]);
    assert.equal(await foldersThere(), before);
  });
});
