import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../src/hosts/host.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import { fails } from './fails.ts';

describe('this machine as a host', () => {
  let dir: string;
  let host: Host;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-local-'));
    host = createHosts({ stateDir: dir, machines: { q: { local: true } } }).get('q');
  });
  after(() => rmSync(dir, { recursive: true }));

  it('runs words without a shell', async () => {
    const words = ["it's", '$HOME', '; exit 1', '*', 'a\nb'];

    const result = await host.exec(['printf', '%s|', ...words]);

    assert.deepEqual(
      { ...result, ms: 0 },
      { exitCode: 0, signal: null, stdout: `${words.join('|')}|`, stderr: '', truncated: false, ms: 0 },
    );
  });

  it('gives back exit codes and signals, and 127 and 126 as a shell would', async () => {
    assert.equal((await host.exec(['sh', '-c', 'exit 3'])).exitCode, 3);
    assert.equal((await host.exec(['sh', '-c', 'kill -TERM $$'])).signal, 'TERM');
    assert.deepEqual(await codeAndError(['no-such-program']), [127, 'no-such-program: not found\n']);
    assert.deepEqual(await codeAndError(['/etc/passwd']), [126, '/etc/passwd: permission denied\n']);
  });

  it('ends with its command, however much is left to feed it', async () => {
    assert.equal((await host.exec(['head', '-c', '3'], { stdin: 'x'.repeat(1_000_000) })).stdout, 'xxx');
    assert.equal((await host.exec(['cat'])).stdout, '');
  });

  it('kills the whole process group of what does not end in time or is aborted', async () => {
    const marker = `79${process.pid}`;
    const nested = ['sh', '-c', `trap "" TERM; sleep ${marker} & sleep ${marker}; sleep ${marker}`];

    await Promise.all([
      assert.rejects(
        host.exec(nested, { timeoutMs: 200 }),
        fails('timeout', /on q did not end within 0.2 s; it was killed/),
      ),
      assert.rejects(
        host.exec(['sleep', marker], { signal: AbortSignal.timeout(100) }),
        fails('aborted', /it was killed/),
      ),
    ]);

    assert.equal(running(`sleep ${marker}`), 0);
    await assert.rejects(host.exec(['true'], { signal: AbortSignal.abort() }), fails('aborted', /did not start/));
  });

  it('types an answer at a prompt on a terminal, and keeps it out of output and command lines', async () => {
    const ask =
      'printf "Passphrase: "; read -r answer </dev/tty; ps -eo args | grep -c "[c]orrect horse"; echo "$1:$answer"; exit 4';

    const result = await host.exec(['sh', '-c', ask, 'sh', "it's"], {
      pty: { prompt: 'Passphrase: ', answer: 'correct horse' },
      timeoutMs: 5_000,
    });

    assert.equal(result.exitCode, 4);
    // What a terminal echoes of the answer is hidden too.
    assert.equal(result.stdout, "Passphrase: ******\n0\nit's:******\n");
  });

  it('starts programs with a shell that is one, and without what gets us into Temporal', async () => {
    const env = { ...process.env, SHELL: '/usr/sbin/nologin', TEMPORAL_API_KEY: 'of the server' };
    const served = createHosts({ stateDir: dir, machines: { q: { local: true } }, env }).get('q');

    const result = await served.exec(['sh', '-c', 'printf "Who? "; read -r who </dev/tty; env'], {
      pty: { prompt: 'Who? ', answer: 'a' },
      timeoutMs: 5_000,
    });

    assert.match(result.stdout, /^SHELL=\/bin\/sh$/m);
    assert.doesNotMatch(result.stdout, /of the server/);
  });

  it('kills a program that never asks', async () => {
    const marker = `80${process.pid}`;

    const asking = host.exec(['sleep', marker], { pty: { prompt: 'Passphrase: ', answer: 'x' }, timeoutMs: 300 });

    await assert.rejects(asking, fails('timeout', /it was killed/));
    assert.equal(running(`sleep ${marker}`), 0);
  });

  it('refuses to type and to feed at once', async () => {
    await assert.rejects(host.exec(['cat'], { stdin: 'x', pty: { prompt: 'p', answer: 'a' } }), TypeError);
  });

  it('writes and reads files', async () => {
    const path = join(dir, 'file');

    await host.put(path, 'content', { mode: 0o640 });

    assert.equal((await host.get(path)).toString(), 'content');
    assert.equal(statSync(path).mode & 0o777, 0o640);
    await assert.rejects(host.put(dir, 'x'), fails('missing', /folder/));
  });

  it('is not controlled from anywhere, and knows when it is root', async () => {
    assert.equal(await host.control(), null);
    assert.deepEqual(await host.asRoot(), userInfo().uid === 0 ? [] : ['sudo', '-n', '--']);
  });

  async function codeAndError(argv: string[]): Promise<unknown[]> {
    const { exitCode, stderr } = await host.exec(argv);
    return [exitCode, stderr];
  }
});

const running = (text: string): number =>
  execFileSync('ps', ['-eo', 'args'])
    .toString()
    .split('\n')
    .filter((line) => line === text).length;
