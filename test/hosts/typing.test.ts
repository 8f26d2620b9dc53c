import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DockerEngine, Host, HostErrorKind } from '../../src/hosts/host.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import { localHost } from '../../src/hosts/local-host.ts';
import { fails } from './fails.ts';
import { hostOf, startSshd } from './sshd.ts';

const PTY = { prompt: 'Passphrase: ', answer: 'correct horse' };

/** As `fails`, and what was typed is not in the message. */
const failsUnsaid =
  (kind: HostErrorKind, ...patterns: RegExp[]) =>
  (error: unknown): true => {
    assert.doesNotMatch((error as Error).message, /correct horse/);
    return fails(kind, ...patterns)(error);
  };

describe('what is typed on a terminal', function () {
  this.timeout(30_000);
  let dir: string;
  let host: Host;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-typing-'));
    host = createHosts({ stateDir: dir, machines: { q: { local: true } } }).get('q');
  });
  after(() => rmSync(dir, { recursive: true }));

  it('is never typed to a program that does not ask, which is ended early and named with its last words', async () => {
    const silent = host.exec(['sh', '-c', 'echo "no question"; cat >/dev/null'], {
      pty: { ...PTY, asksWithinMs: 400 },
      timeoutMs: 20_000,
    });
    const said =
      /did not ask `Passphrase: ` on its terminal within 0\.4 s; it was killed\. Its last words: no question/;
    await assert.rejects(silent, failsUnsaid('timeout', said));
  });

  it('gives a program that has been answered all the time of the command', async () => {
    const ask = 'printf "Passphrase: "; read -r answer </dev/tty; sleep 1; echo done';
    const { stdout } = await host.exec(['sh', '-c', ask], { pty: { ...PTY, asksWithinMs: 500 }, timeoutMs: 20_000 });
    assert.match(stdout, /done\n$/);
  });

  it('is struck from the last words of a program that repeats it and hangs', async () => {
    const repeat = 'printf "Passphrase: "; read -r answer </dev/tty; echo "wrong: $answer"; sleep 60';
    const hanging = host.exec(['sh', '-c', repeat], { pty: PTY, timeoutMs: 800 });
    await assert.rejects(hanging, failsUnsaid('timeout', /wrong: \*{6}/));
  });

  it('is shown to nobody who listens to the output as it comes', async () => {
    const heard: string[] = [];
    const repeat = 'printf "Passphrase: "; read -r answer </dev/tty; echo "$answer"';
    await host.exec(['sh', '-c', repeat], { pty: PTY, onOutput: (chunk) => heard.push(chunk.toString()) });
    assert.deepEqual(heard, []);
  });

  it('is given in no other way where this machine has no `script`', async () => {
    const bare = localHost('q', { PATH: join(dir, 'empty') }, {} as DockerEngine);
    await assert.rejects(
      bare.exec(['sync-cli'], { pty: PTY }),
      failsUnsaid('missing', /No `script` on q .*in no other way/),
    );
  });

  it('is given in no other way where sshd gives no pseudo-terminal', async () => {
    const sshd = await startSshd(['PermitTTY no']);
    const { host: far, connection } = hostOf(sshd);
    try {
      const asking = far.exec(['sh', '-c', 'cat; echo started'], { pty: PTY, timeoutMs: 5_000 });
      await assert.rejects(asking, failsUnsaid('denied', /gives no pseudo-terminal.*`PermitTTY yes`.*`no-pty`/));
      assert.equal((await far.exec(['echo', 'fine'])).stdout, 'fine\n');
    } finally {
      await connection.close();
      await sshd.stop();
    }
  });
});

describe('output that is secret', () => {
  const host = createHosts({ stateDir: tmpdir(), machines: { q: { local: true } } }).get('q');

  it('is quoted by no error, unlike what is said on stderr', async () => {
    const slow = ['sh', '-c', 'echo group_secret; echo "a disk error" >&2; sleep 60'];
    await assert.rejects(host.exec(slow, { timeoutMs: 500, secret: true }), ({ message }: Error) => {
      assert.doesNotMatch(message, /last words: .*group_secret/);
      assert.match(message, /a disk error/);
      return true;
    });
  });

  it('is not quoted where there is nothing else to quote', async () => {
    const file = join(mkdtempSync(join(tmpdir(), '0k-chaos-secret-')), 'group.json');
    writeFileSync(file, '{"group_secret_hex":"00"}');
    const slow = ['sh', '-c', 'cat "$0"; exec sleep 60', file];
    await assert.rejects(host.exec(slow, { timeoutMs: 500, secret: true }), ({ message }: Error) => {
      assert.match(message, /it was killed$/);
      return true;
    });
    rmSync(dirname(file), { recursive: true });
  });
});
