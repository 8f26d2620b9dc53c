import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { end, identify, isAlive } from '../../src/temporal/process.ts';

describe('a process', () => {
  let child: ChildProcess;

  afterEach(() => child.kill('SIGKILL'));

  async function started(script: string): Promise<number> {
    child = spawn('sh', ['-c', `${script} echo ready; while :; do sleep 0.05; done`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    assert(child.stdout && child.pid);
    await once(child.stdout, 'data');
    return child.pid;
  }

  it('is told from a later one with the same number', async () => {
    const id = identify(await started(''));
    assert(id);

    assert.ok(isAlive(id));
    assert.ok(!isAlive({ ...id, started: 'earlier' }));
  });

  it('is ended, and is not there any more', async () => {
    const id = identify(await started(''));
    assert(id);

    await end(id, 2_000);

    assert.ok(!isAlive(id));
    assert.equal(identify(id.pid), undefined);
  });

  it('that ignores SIGTERM is ended all the same', async () => {
    const id = identify(await started('trap "" TERM;'));
    assert(id);

    await end(id, 200);

    assert.ok(!isAlive(id));
  });

  it('that has taken over the number is left alone', async () => {
    const pid = await started('');

    await end({ pid, started: 'earlier' }, 200);

    assert.notEqual(identify(pid), undefined);
  });
});
