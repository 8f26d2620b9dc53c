import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Host, HostErrorKind } from '../../src/hosts/host.ts';
import { HostError } from '../../src/hosts/host.ts';
import type { SshConnection } from '../../src/hosts/ssh-connection.ts';
import { hostOf, startProxy, startSshd, type TestSshd } from './sshd.ts';

const fails =
  (kind: HostErrorKind, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof HostError, String(error));
    assert.equal(error.kind, kind, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

describe('a host behind SSH', () => {
  let sshd: TestSshd;
  let connection: SshConnection;
  let host: Host;
  before(async () => {
    sshd = await startSshd();
    ({ host, connection } = hostOf(sshd));
  });
  after(async () => {
    await connection.close();
    await sshd.stop();
  });

  it('gives back output and exit code, a bad one too', async () => {
    const result = await host.exec(['sh', '-c', 'echo out; echo err >&2; exit 3']);

    assert.deepEqual(
      { ...result, ms: 0 },
      { exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n', truncated: false, ms: 0 },
    );
  });

  it('passes words through as data', async () => {
    const words = ['', ' ', "it's", '$HOME', '`id`', '; exit 1', '*', '\\', '"', 'a\nb', '$(reboot)', '-n', 'é✓'];

    const { stdout } = await host.exec(['printf', '%s\\0', ...words]);

    assert.deepEqual(stdout.split('\0').slice(0, -1), words);
  });

  it('says 127 for a program that is not there', async () => {
    assert.equal((await host.exec(['no-such-program'])).exitCode, 127);
  });

  it('names the signal that a command died of', async () => {
    assert.equal((await host.exec(['sh', '-c', 'kill -USR1 $$'])).signal, 'USR1');
  });

  it('finds tc and sshd without a login shell', async () => {
    assert.equal((await host.exec(['sh', '-c', 'command -v sshd'])).stdout, '/usr/sbin/sshd\n');
  });

  it('feeds stdin and ends it, and gives commands without stdin an empty one', async () => {
    const big = 'x'.repeat(3_000_000);

    assert.equal((await host.exec(['wc', '-c'], { stdin: big })).stdout.trim(), '3000000');
    assert.equal((await host.exec(['cat'])).stdout, '');
  });

  it('keeps the tail of big output and says so', async () => {
    const result = await host.exec(['sh', '-c', 'head -c 5000000 /dev/zero | tr "\\0" x; echo END'], {
      maxBytes: 1000,
    });

    assert.equal(result.stdout.length, 1000);
    assert.ok(result.stdout.endsWith('xEND\n'));
    assert.equal(result.truncated, true);
  });

  it('runs 20 commands at once through its few channels', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => host.exec(['sh', '-c', 'sleep 0.05; echo "$1"', 'sh', `${n}`])),
    );

    assert.deepEqual(
      results.map((result) => Number(result.stdout)),
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it('kills what does not end in time, also one that ignores TERM and one that was fed', async () => {
    const marker = `77${process.pid}`;
    const stubborn = ['sh', '-c', `trap "" TERM; echo alive; sleep ${marker}; sleep ${marker}`];

    await Promise.all([
      assert.rejects(
        host.exec(['sleep', marker], { timeoutMs: 200 }),
        fails('timeout', /did not end within 0.2 s; it was killed/),
      ),
      assert.rejects(host.exec(stubborn, { timeoutMs: 200 }), fails('timeout', /it was killed/, /last words: alive/)),
      assert.rejects(host.exec(['sleep', marker], { timeoutMs: 200, stdin: 'fed' }), fails('timeout', /it was killed/)),
    ]);

    assert.equal(running(`sleep ${marker}`), 0);
  });

  it('kills what is aborted, and does not start what was aborted before', async () => {
    const marker = `78${process.pid}`;
    const flag = join(sshd.dir, 'never');

    await assert.rejects(
      host.exec(['sleep', marker], { signal: AbortSignal.timeout(150) }),
      fails('aborted', /it was killed/),
    );
    await assert.rejects(
      host.exec(['touch', flag], { signal: AbortSignal.abort() }),
      fails('aborted', /before it started/),
    );

    assert.equal(running(`sleep ${marker}`), 0);
    assert.equal(existsSync(flag), false);
  });

  it('does not wait for a background process that holds the output open', async () => {
    const started = Date.now();

    const result = await host.exec(['sh', '-c', 'sleep 8 & echo started']);

    assert.equal(result.stdout, 'started\n');
    assert.ok(Date.now() - started < 6_000);
  });

  it('types an answer at a prompt, and keeps it out of the output', async () => {
    const ask = 'printf "Passphrase: "; read -r answer </dev/tty; echo "got ${#answer}:$answer" >&2; exit 4';

    const result = await host.exec(['sh', '-c', ask], {
      pty: { prompt: 'Passphrase: ', answer: 'correct horse' },
      timeoutMs: 5_000,
    });

    assert.equal(result.exitCode, 4);
    assert.equal(result.stdout, 'Passphrase: got 13:******\n');
  });

  it('writes files whole, with their mode, over old ones, and reads them back', async () => {
    const path = join(sshd.dir, "it's a file");
    const content = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 256));

    await host.put(path, 'old', { mode: 0o644 });
    await host.put(path, content);

    assert.deepEqual(await host.get(path), content);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await assert.rejects(host.get(path, { maxBytes: 10 }), fails('missing', /more than 10 bytes/));
    await assert.rejects(host.get(`${path}.no`), fails('missing', /No such file/));
    await assert.rejects(host.put('/no/such/folder/x', ''), fails('missing', /folder/));
  });

  it('knows how it is reached, and when it is root', async () => {
    const control = await host.control();

    assert.deepEqual(
      { ...control, fromPort: 0 },
      { from: '127.0.0.1', fromPort: 0, to: '127.0.0.1', toPort: sshd.port },
    );
    assert.deepEqual(await host.asRoot(), userInfo().uid === 0 ? [] : ['sudo', '-n', '--']);
  });
});

describe('an SSH connection', () => {
  let sshd: TestSshd;
  before(async () => (sshd = await startSshd()));
  after(() => sshd.stop());

  async function through(delayMs: number, use: (host: Host, cut: () => void) => Promise<void>): Promise<void> {
    const proxy = await startProxy(sshd.port, delayMs);
    const knownHostsFile = join(sshd.dir, 'proxied');
    writeFileSync(knownHostsFile, readFileSync(sshd.knownHostsFile, 'utf8').replace(`:${sshd.port}`, `:${proxy.port}`));
    const { host, connection } = hostOf(sshd, { port: proxy.port, knownHostsFile });
    try {
      await use(host, () => proxy.cut());
    } finally {
      await connection.close();
      await proxy.stop();
    }
  }

  it('that is cut leaves the outcome unknown, and the next command connects again', () =>
    through(0, async (host, cut) => {
      const before = await host.control();
      const begun = join(sshd.dir, 'begun');
      const cutting = (async () => {
        while (!existsSync(begun)) await pause(20);
        cut();
      })();
      await assert.rejects(
        host.exec(['sh', '-c', 'echo >"$1"; sleep 20', 'sh', begun]),
        fails('unknown', /lost while `[^]*sleep 20[^]*` on guardian ran/),
      );
      await cutting;

      assert.equal((await host.exec(['echo', 'back'])).stdout, 'back\n');
      assert.notEqual((await host.control())?.fromPort, before?.fromPort);
    }));

  it('that is cut between two commands is not noticed by the second', () =>
    through(0, async (host, cut) => {
      await host.exec(['true']);
      cut();
      await new Promise((resolve) => setTimeout(resolve, 50));

      assert.equal((await host.exec(['echo', 'back'])).stdout, 'back\n');
    }));

  it('loses nothing of a quick command whose start, output and end come in one packet', () =>
    through(40, async (host) => {
      for (let round = 0; round < 5; round += 1) {
        const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
        assert.deepEqual([exitCode, stdout, stderr], [7, 'out\n', 'err\n']);
      }
    }));
});

describe('a host whose sshd', () => {
  async function behind(lines: string[], use: (host: Host) => Promise<void>): Promise<void> {
    const sshd = await startSshd(lines);
    const { host, connection } = hostOf(sshd);
    try {
      await use(host);
    } finally {
      await connection.close();
      await sshd.stop();
    }
  }

  it('allows fewer sessions than we open makes commands wait, not fail', () =>
    behind(['MaxSessions 2'], async (host) => {
      const results = await Promise.all(Array.from({ length: 8 }, () => host.exec(['sleep', '0.1'])));

      assert.ok(results.every(({ exitCode }) => exitCode === 0));
    }));

  it('runs something else instead gives that to read', () =>
    behind(['ForceCommand echo This account is not available >&2; exit 1'], async (host) => {
      const { exitCode, stderr } = await host.exec(['true']);

      assert.deepEqual([exitCode, stderr], [1, 'This account is not available\n']);
      await assert.rejects(host.asRoot(), fails('unreachable', /`id -u` on guardian printed/, /not available/));
    }));
});

const running = (text: string): number =>
  execFileSync('ps', ['-eo', 'args'])
    .toString()
    .split('\n')
    .filter((line) => line === text).length;
