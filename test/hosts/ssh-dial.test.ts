import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { appendKnownHost } from '../../src/hosts/host-keys.ts';
import { HostError, type HostErrorKind } from '../../src/hosts/host.ts';
import { fingerprint } from '../../src/hosts/known-hosts.ts';
import { scanHostKeys } from '../../src/hosts/scan-host-keys.ts';
import { SshConnection } from '../../src/hosts/ssh-connection.ts';
import { resolveSshTarget } from '../../src/hosts/ssh-config.ts';
import { sshHost } from '../../src/hosts/ssh-host.ts';
import { startAgent } from './agent.ts';
import { freePort, hostOf, keygen, noDocker, startSshd, type TestSshd } from './sshd.ts';

describe('connecting by SSH', () => {
  let sshd: TestSshd;
  before(async () => (sshd = await startSshd()));
  after(() => sshd.stop());

  async function refused(over: Record<string, unknown>, kind: HostErrorKind, ...patterns: RegExp[]): Promise<void> {
    const { host, connection } = hostOf(sshd, over);
    await assert.rejects(host.exec(['true']), (error: unknown) => {
      assert.ok(error instanceof HostError, String(error));
      for (const pattern of patterns) assert.match(error.message, pattern);
      return error.kind === kind;
    });
    await connection.close();
  }

  async function works(over: Record<string, unknown>): Promise<void> {
    const { host, connection } = hostOf(sshd, over);
    assert.equal((await host.exec(['echo', 'in'])).stdout, 'in\n');
    await connection.close();
  }

  it('refuses a host whose key nobody has trusted, and says how to', async () => {
    const knownHostsFile = join(sshd.dir, 'no-such-file');

    await refused({ knownHostsFile }, 'host-key', /no key of it is known/, /`0k-chaos trust guardian`/, /SHA256:/);
  });

  it('refuses a changed key with both fingerprints', async () => {
    const other = join(sshd.dir, 'other');
    keygen(other);
    const [type = '', key = ''] = readFileSync(`${other}.pub`, 'utf8').split(' ');
    writeFileSync(`${other}.known`, `[127.0.0.1]:${sshd.port} ${type} ${key}\n`);
    const shown = fingerprint(Buffer.from(sshd.hostKey, 'base64'));
    const pinned = fingerprint(Buffer.from(key, 'base64'));

    await refused(
      { knownHostsFile: `${other}.known` },
      'host-key',
      new RegExp(literal(shown)),
      new RegExp(literal(pinned)),
      /known:1/,
    );
  });

  it('trusts what a scan has shown and was pinned', async () => {
    const knownHostsFile = join(sshd.dir, 'pinned', 'known_hosts');
    const ssh = { host: '127.0.0.1', port: sshd.port, knownHostsFile };
    const settings = { stateDir: sshd.dir, sshConfigFile: '/dev/null' };
    const target = await resolveSshTarget('guardian', ssh, settings);

    const [key, ...more] = await scanHostKeys(target);

    assert.deepEqual([key?.type, key?.state, more], ['ssh-ed25519', 'unknown', []]);
    appendKnownHost(knownHostsFile, `[127.0.0.1]:${sshd.port}`, key?.key ?? Buffer.alloc(0));
    await works({ knownHostsFile });
    assert.equal((await scanHostKeys(target))[0]?.state, 'trusted');
  });

  it('says whom sshd refused, with which keys', async () => {
    const identityFile = join(sshd.dir, 'stranger');
    keygen(identityFile);

    await refused({ identityFile }, 'denied', /guardian/, /@127.0.0.1:\d+/, /stranger` \(SHA256:/, /ssh-copy-id/);
  });

  it('says of an encrypted key that it needs an agent', async () => {
    const identityFile = join(sshd.dir, 'locked');
    keygen(identityFile, 'a passphrase');

    await refused({ identityFile }, 'denied', /locked` \(encrypted/, /ssh-add/);
  });

  it('says of a key that others can read that it is not used, as ssh does', async () => {
    const identityFile = join(sshd.dir, 'open');
    copyFileSync(sshd.identityFile, identityFile);
    chmodSync(identityFile, 0o644);

    await refused({ identityFile }, 'denied', /open` \(open to others, mode 644.*chmod 600/);
  });

  it('waits for no key and no known_hosts that is a device or a pipe', async () => {
    const pipe = join(sshd.dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const file of ['/dev/zero', pipe]) {
      await refused({ identityFile: file }, 'denied', /is a pipe or a device, and no file/);
      await refused({ knownHostsFile: file }, 'host-key', /no key of it is known/);
    }
  });

  it('uses the key of an agent, and only the one that was named', async () => {
    const agent = await startAgent([join(sshd.dir, 'user')], sshd.dir);
    const named = join(sshd.dir, 'named');
    writeFileSync(`${named}.pub`, readFileSync(join(sshd.dir, 'user.pub')));
    const connect = (identityFile: string) => {
      const { port, knownHostsFile } = sshd;
      const ssh = { host: '127.0.0.1', port, user: userInfo().username, identityFile, knownHostsFile };
      const settings = { stateDir: sshd.dir, sshConfigFile: '/dev/null', agentSocket: agent.socket };
      return new SshConnection('guardian', ssh, settings);
    };
    const [right, wrong] = [connect(named), connect(join(sshd.dir, 'stranger'))];
    try {
      assert.equal((await sshHost('guardian', right, noDocker).exec(['echo', 'in'])).stdout, 'in\n');
      await assert.rejects(sshHost('guardian', wrong, noDocker).exec(['true']), /lets none of our keys in/);
    } finally {
      await Promise.all([right.close(), wrong.close()]);
      agent.stop();
    }
  });

  it('without any key asks nobody, and does not say that it was refused', async () => {
    await refused(
      { identityFile: join(sshd.dir, 'not-there') },
      'denied',
      /There is no key for guardian/,
      /was not asked/,
    );
  });

  it('gives up on a port where nobody listens, and says what to try', async () => {
    const port = await freePort();

    await refused(
      { port },
      'unreachable',
      /guardian is unreachable/,
      /ECONNREFUSED/,
      /4 tries/,
      new RegExp(`ssh -p ${port}`),
    );
  });

  it('goes through a jump', async () => {
    const far = await startSshd();
    const config = join(sshd.dir, 'jump.config');
    const known = join(sshd.dir, 'both');
    writeFileSync(known, readFileSync(sshd.knownHostsFile, 'utf8') + readFileSync(far.knownHostsFile, 'utf8'));
    writeFileSync(
      config,
      `Host far\n HostName 127.0.0.1\n Port ${far.port}\n IdentityFile ${far.identityFile}\n ProxyJump 127.0.0.1:${sshd.port}\n` +
        `Host *\n IdentityFile ${sshd.identityFile}\n UserKnownHostsFile ${known}\n`,
    );
    const connection = new SshConnection('far', { host: 'far' }, { stateDir: sshd.dir, sshConfigFile: config });
    try {
      const control = await sshHost('far', connection, noDocker).control();

      assert.equal(control?.toPort, far.port);
    } finally {
      await connection.close();
      await far.stop();
    }
  });

  it('refuses a jump that is not trusted', async () => {
    const config = join(sshd.dir, 'untrusted.config');
    writeFileSync(
      config,
      `Host far\n ProxyJump 127.0.0.1:${sshd.port}\nHost *\n IdentityFile ${sshd.identityFile}\n UserKnownHostsFile /dev/null\n`,
    );
    const connection = new SshConnection(
      'far',
      { host: 'far' },
      { stateDir: join(sshd.dir, 'x'), sshConfigFile: config },
    );

    await assert.rejects(
      connection.client(),
      (error: unknown) => error instanceof HostError && error.kind === 'host-key',
    );
    await connection.close();
  });
});

const literal = (text: string): string => text.replaceAll(/[+/]/g, '\\$&');
