import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Engine } from '../../src/hosts/docker-engine.ts';
import { demultiplex } from '../../src/hosts/docker-frames.ts';
import { localRoute } from '../../src/hosts/docker-route.ts';
import { HostError, type DockerEngine, type HostErrorKind } from '../../src/hosts/host.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import { container, startFakeDocker, type FakeContainer, type FakeDocker } from './fake-docker.ts';
import { startProxy, startSshd, type TestSshd } from './sshd.ts';

const compose = (project: string, service: string, oneoff = 'False') => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
  'com.docker.compose.oneoff': oneoff,
});

const fails =
  (kind: HostErrorKind, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof HostError, String(error));
    assert.deepEqual([error.kind, error.host], [kind, 'beast'], error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

/** Every way to reach an engine must give the same. */
const ROUTES: Record<string, (place: Place) => Promise<Reached>> = {
  'the local socket': ({ socket }) => Promise.resolve(local(socket)),
  'a stream of the SSH connection': ({ socket, bin }) => overSsh(socket, [], bin),
  '`docker system dial-stdio` where sshd forwards no streams': ({ socket, bin }) =>
    overSsh(socket, ['AllowStreamLocalForwarding no'], bin),
};

interface Place {
  socket: string;
  bin: string;
}
interface Reached {
  engine: DockerEngine;
  close: () => Promise<void>;
}

for (const [way, reach] of Object.entries(ROUTES))
  describe(`Docker by ${way}`, () => {
    let dir: string;
    let fake: FakeDocker;
    let engine: DockerEngine;
    let close: () => Promise<void>;
    before(async () => {
      dir = mkdtempSync(join(tmpdir(), '0k-chaos-docker-'));
      const socket = join(dir, 'docker.sock');
      fake = await startFakeDocker(socket);
      ({ engine, close } = await reach({ socket, bin: fakeDockerCommand(dir) }));
    });
    after(async () => {
      await close();
      await fake.stop();
      rmSync(dir, { recursive: true });
    });
    beforeEach(() => {
      fake.containers.splice(
        0,
        9,
        container('relay-1', compose('p', 'relay-1')),
        container('relay-2', compose('p', 'relay-2')),
      );
    });

    it('speaks the newest API that both sides know', async () => {
      assert.deepEqual(await engine.version(), { version: '20.10.24', apiVersion: '1.41' });
      assert.ok(fake.requests.includes('GET /v1.41/version'), fake.requests.join(', '));
    });

    it('goes that way and no other', () => {
      const calls = existsSync(join(dir, 'docker.calls')) ? readFileSync(join(dir, 'docker.calls'), 'utf8') : '';

      assert.equal(calls.includes('system dial-stdio'), way.includes('dial-stdio'));
    });

    it('tells what a container has changed outside of its volumes, also where that is nothing', async () => {
      assert.deepEqual(await engine.changes('relay-1'), []);
      const [first] = fake.containers as [FakeContainer];
      first.changes = [
        { Path: '/tmp', Kind: 0 },
        { Path: '/tmp/left', Kind: 1 },
        { Path: '/gone', Kind: 2 },
      ];
      assert.deepEqual(await engine.changes('relay-1'), ['/tmp', '/tmp/left']);
    });

    it('tells when a container was paused first in a time, and where it was not', async () => {
      const [first] = fake.containers as [FakeContainer];
      first.pauses = [1_000, 2_000, 2_500];
      assert.equal(await engine.pausedAt(first.id, 1_500, 3_000), 2_000);
      assert.equal(await engine.pausedAt(first.id, 2_600, 3_000), undefined);
    });

    it('tells the state of a container', async () => {
      const { id, ...state } = await engine.inspect('relay-1');

      assert.equal(id.length, 64);
      assert.deepEqual(state, {
        name: 'relay-1',
        service: 'relay-1',
        image: 'relay:1',
        status: 'running',
        startedAt: '2026-11-22T17:25:48.866258811Z',
        finishedAt: '0001-01-01T00:00:00Z',
        pid: 4242,
        restarts: 0,
        sharesNetwork: false,
        exitCode: 0,
        health: 'healthy',
        addresses: ['172.17.0.2', '172.18.0.3', 'fd00::3'],
        published: ['tcp/8090', 'udp/8190'],
      });
    });

    it('finds the containers of a project, without those of others and one-off ones', async () => {
      fake.containers.push(
        container('run-1', compose('p', 'relay-1', 'True')),
        container('other', compose('q', 'relay-1')),
      );

      assert.deepEqual(
        (await engine.project('p')).map(({ name }) => name),
        ['relay-1', 'relay-2'],
      );
    });

    it('names the containers that there are when one is missing', async () => {
      await assert.rejects(engine.inspect('relay-9'), fails('missing', /relay-9/, /`relay-1`, `relay-2`/));
      await assert.rejects(engine.kill('relay-9', 'SIGKILL'), fails('missing', /`relay-1`/));
    });

    it('kills, starts, pauses, unpauses, stops and restarts, and may be told twice', async () => {
      const statuses: string[] = [];
      const look = async () => void statuses.push((await engine.inspect('relay-1')).status);
      for (const step of ['kill', 'start', 'pause', 'unpause', 'stop', 'restart'] as const)
        for (const _ of [1, 2]) {
          await (step === 'kill' ? engine.kill('relay-1', 'SIGKILL') : engine[step]('relay-1'));
          await look();
        }

      const expected = ['exited', 'running', 'paused', 'running', 'exited', 'running'];
      assert.deepEqual(
        statuses,
        expected.flatMap((status) => [status, status]),
      );
    });

    it('does not take a refusal for success when a look says otherwise', async () => {
      await engine.stop('relay-1');

      await assert.rejects(engine.pause('relay-1'), fails('docker', /409/, /not running/));
      await assert.rejects(engine.unpause('relay-1'), fails('docker', /500/, /not paused/));
      await assert.rejects(engine.kill('relay-1', 'SIGHUP'), fails('docker', /not running/));
    });

    it('runs a command in a container and gives back its two outputs and its exit code', async () => {
      const result = await engine.exec('relay-1', ['sh', '-c', 'echo out; echo err >&2; exit 3']);

      assert.deepEqual(
        { ...result, ms: 0 },
        { exitCode: 3, signal: null, stdout: 'out\n', stderr: 'err\n', truncated: false, ms: 0 },
      );
    });

    it('feeds stdin and ends it', async () => {
      assert.equal(
        (await engine.exec('relay-1', ['wc', '-c'], { stdin: 'x'.repeat(300_000) })).stdout.trim(),
        '300000',
      );
    });

    it('says 127 for a program that is not there', async () => {
      const { exitCode, stderr } = await engine.exec('relay-1', ['no-such-program']);

      assert.equal(exitCode, 127);
      assert.match(stderr, /executable file not found/);
    });

    it('keeps the tail of big output and says so', async () => {
      const result = await engine.exec('relay-1', ['sh', '-c', 'head -c 2000000 /dev/zero | tr "\\0" x; echo END'], {
        maxBytes: 1000,
      });

      assert.deepEqual([result.stdout.length, result.stdout.slice(-5), result.truncated], [1000, 'xEND\n', true]);
    });

    it('types an answer at a prompt, and keeps it out of the output', async () => {
      const pty = { prompt: 'Passphrase: ', answer: 'correct horse' };

      const { stdout } = await engine.exec('relay-1', ['sh', '-c', 'printf "Passphrase: "; head -c 14 | tr -d "\\r"'], {
        pty,
      });

      assert.equal(stdout, 'Passphrase: ******');
    });

    it('lets nobody run a command in a paused container', async () => {
      await engine.pause('relay-1');

      await assert.rejects(engine.exec('relay-1', ['true']), fails('docker', /409.*paused/));
    });

    it('follows a log from its last lines on', async () => {
      const seen: string[] = [];
      const signal = new AbortController().signal;
      await engine.followLogs('relay-1', (chunk) => seen.push(chunk.toString()), { tail: 5, signal });
      assert.equal(seen.join(''), 'relay-1 says hello\nand complains\n');
      assert.match(fake.requests.at(-1) ?? '', /logs\?.*follow=true.*tail=5/);
    });

    it('reads logs as one text, the tail of them', async () => {
      assert.equal(await engine.logs('relay-1'), 'relay-1 says hello\nand complains\n');
      assert.equal(await engine.logs('relay-1', { maxBytes: 10 }), 'complains\n');
      assert.equal(await engine.logs('relay-1', { firstBytes: 7 }), 'relay-1');
      await engine.logs('relay-1', { since: new Date(1_700_000_000_500) });
      assert.match(fake.requests.at(-1) ?? '', /since=1700000000.5/);
    });

    it('answers 30 questions at once', async () => {
      const states = await Promise.all(Array.from({ length: 30 }, () => engine.inspect('relay-2')));

      assert.ok(states.every(({ name }) => name === 'relay-2'));
    });
  });

describe('a Docker engine', () => {
  let dir: string;
  before(() => (dir = mkdtempSync(join(tmpdir(), '0k-chaos-docker-'))));
  after(() => rmSync(dir, { recursive: true }));

  it('kills a command that does not end in time by its process id on the machine', async () => {
    const fake = await startFakeDocker(join(dir, 'kill.sock'));
    fake.containers.push(container('relay-1'));
    const signals: string[] = [];
    const engine = new Engine('beast', localRoute('beast', join(dir, 'kill.sock')), (_, pid, signal) => {
      signals.push(signal);
      process.kill(-pid, `SIG${signal}`);
      return Promise.resolve();
    });
    const stubborn = ['sh', '-c', 'trap "" TERM; echo alive; sleep 50; sleep 50'];

    await assert.rejects(
      engine.exec('relay-1', stubborn, { timeoutMs: 300 }),
      fails('timeout', /relay-1 \(beast\)/, /it was killed/, /alive/),
    );

    assert.deepEqual(signals, ['TERM', 'KILL']);
    await fake.stop();
  });

  it('does not say how a command ended whose output alone was lost', async () => {
    const fake = await startFakeDocker(join(dir, 'engine.sock'));
    fake.containers.push(container('client-beast'));
    const live: Socket[] = [];
    const proxy = createServer((near) => {
      const far = connect(join(dir, 'engine.sock'));
      live.push(near);
      near.once('close', () => far.destroy()).pipe(far);
      far.once('close', () => near.destroy()).pipe(near);
    }).listen(join(dir, 'proxy.sock'));
    await once(proxy, 'listening');
    const route = localRoute('beast', join(dir, 'proxy.sock'));
    const engine = new Engine('beast', route, () => Promise.resolve());
    setTimeout(() => live.forEach((one) => one.destroy()), 500);
    await assert.rejects(
      engine.exec('client-beast', ['sh', '-c', 'echo Pushing; sleep 8; echo "Push successful!"']),
      fails('unknown', /beast/, /how it ended is not known/),
    );
    proxy.close();
    await fake.stop();
  });

  it('that is newer than we know is spoken to in the newest API that was tried', async () => {
    const fake = await startFakeDocker(join(dir, 'new.sock'), '1.60', '1.44');

    await local(join(dir, 'new.sock')).engine.version();

    assert.ok(fake.requests.includes('GET /v1.47/version'), fake.requests.join(', '));
    await fake.stop();
  });

  it('is reached again after the connection under it was cut', async () => {
    const fake = await startFakeDocker(join(dir, 'cut.sock'));
    fake.containers.push(container('relay-1'));
    const { engine, cut, close } = await overSsh(join(dir, 'cut.sock'), [], dir);
    await engine.inspect('relay-1');

    setTimeout(cut, 100);
    await assert.rejects(engine.exec('relay-1', ['sleep', '5']), fails('unknown', /docker exec relay-1/));

    assert.equal((await engine.inspect('relay-1')).name, 'relay-1');
    await close();
    await fake.stop();
  });

  it('that is not there is an error that says where it was looked for', async () => {
    await assert.rejects(local(join(dir, 'no.sock')).engine.version(), fails('docker', /beast/, /no\.sock/));
    const { engine, close } = await overSsh(join(dir, 'no.sock'), [], dir);
    await assert.rejects(
      engine.version(),
      fails('docker', /no Docker socket at `.*no\.sock`/, /machines\.beast\.docker\.socket/),
    );
    await close();
  });
});

describe('the stream of a container', () => {
  it('comes apart the same however it is cut into chunks', () => {
    const texts = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ maxLength: 40 })), { maxLength: 12 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (frames, size) => {
        const wire = Buffer.concat(
          frames.map(([stream, text]) => {
            const data = Buffer.from(text);
            return Buffer.concat([Buffer.from([stream, 0, 0, 0]), Buffer.from([0, 0, 0, data.length]), data]);
          }),
        );
        const seen = { 1: '', 2: '' };
        const take = demultiplex({
          stdout: (chunk) => (seen[1] += chunk.toString('latin1')),
          stderr: (chunk) => (seen[2] += chunk.toString('latin1')),
        });

        for (let at = 0; at < wire.length; at += size) take(wire.subarray(at, at + size));

        const sent = (stream: number) =>
          frames
            .filter(([which]) => which === stream)
            .map(([, text]) => Buffer.from(text).toString('latin1'))
            .join('');
        assert.deepEqual(seen, { 1: sent(1), 2: sent(2) });
      }),
    );
  });
});

function local(socket: string): Reached {
  const hosts = createHosts({ stateDir: '/nowhere', machines: { beast: { local: true, docker: { socket } } } });
  return { engine: hosts.get('beast').docker(), close: () => hosts.close() };
}

async function overSsh(socket: string, sshdLines: string[], bin: string): Promise<Reached & { cut: () => void }> {
  const sshd: TestSshd = await startSshd(sshdLines, `${bin}:/usr/bin:/bin`);
  const proxy = await startProxy(sshd.port);
  const knownHostsFile = join(sshd.dir, 'proxied');
  writeFileSync(knownHostsFile, readFileSync(sshd.knownHostsFile, 'utf8').replace(`:${sshd.port}`, `:${proxy.port}`));
  const ssh = {
    ...{ host: '127.0.0.1', port: proxy.port, user: userInfo().username },
    ...{ identityFile: sshd.identityFile, knownHostsFile },
  };
  const hosts = createHosts({
    stateDir: sshd.dir,
    sshConfigFile: '/dev/null',
    machines: { beast: { ssh, docker: { socket } } },
  });
  return {
    engine: hosts.get('beast').docker(),
    cut: () => proxy.cut(),
    close: async () => {
      await hosts.close();
      await proxy.stop();
      await sshd.stop();
    },
  };
}

/** The two things that we ask of the `docker` command, over the socket that `-H` names. */
function fakeDockerCommand(dir: string): string {
  // Perl starts in a tenth of the time that Node takes, and is on every Debian.
  const script = String.raw`#!/usr/bin/perl
use IO::Socket::UNIX; use IO::Select;
my (undef, $path, @words) = @ARGV;
open(my $calls, '>>', "$0.calls"); print $calls "@words\n"; close $calls;
if ($words[0] eq 'version') { print "1.41\n"; exit 0 }
exit 1 if "@words" ne 'system dial-stdio';
$path =~ s{^unix://}{};
my $socket = IO::Socket::UNIX->new(Peer => $path) or exit 1;
my $both = IO::Select->new($socket, \*STDIN);
while (1) {
  for my $from ($both->can_read) {
    my $got = sysread($from, my $data, 65536);
    exit 0 if !$got && $from == $socket;
    if (!$got) { $both->remove($from); $socket->shutdown(1); next }
    my $to = $from == $socket ? \*STDOUT : $socket;
    for (my $at = 0; $at < $got;) { $at += syswrite($to, $data, $got - $at, $at) // exit 1 }
  }
}
`;
  writeFileSync(join(dir, 'docker'), script);
  chmodSync(join(dir, 'docker'), 0o755);
  return dir;
}
