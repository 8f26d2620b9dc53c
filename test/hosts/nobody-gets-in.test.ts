import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { HostError, type Host } from '../../src/hosts/host.ts';
import { fingerprint } from '../../src/hosts/known-hosts.ts';
import { SshConnection } from '../../src/hosts/ssh-connection.ts';
import { sshHost } from '../../src/hosts/ssh-host.ts';
import { startAgent, type TestAgent } from './agent.ts';
import { startRogue, type Rogue } from './rogue-sshd.ts';
import { hostOf, keygen, noDocker, startSshd, type TestSshd } from './sshd.ts';

/** The public half of a new key, as `TYPE BASE64`. */
function newKey(file: string, type = 'ed25519'): string {
  keygen(file, '', type);
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

const fingerprintOf = (line: string): string => fingerprint(Buffer.from(line.split(' ')[1] ?? '', 'base64'));

describe('the key of a machine', () => {
  let sshd: TestSshd;
  before(async () => (sshd = await startSshd()));
  after(() => sshd.stop());

  async function refusedBy(known: string): Promise<string> {
    const knownHostsFile = join(sshd.dir, 'known');
    writeFileSync(knownHostsFile, known);
    const { host, connection } = hostOf(sshd, { knownHostsFile });
    const error: unknown = await host.exec(['true']).catch((reason: unknown) => reason);
    await connection.close();
    assert.ok(error instanceof HostError && error.kind === 'host-key', String(error));
    return error.message;
  }

  const shown = () => fingerprint(Buffer.from(sshd.hostKey, 'base64'));

  it('that has changed is refused with both fingerprints, where the old one stands, and the way out', async () => {
    const old = newKey(join(sshd.dir, 'old'));
    const message = await refusedBy(`# a comment\n[127.0.0.1]:${sshd.port} ${old}\n`);
    for (const part of [shown(), fingerprintOf(old), `${join(sshd.dir, 'known')}:2`, '`0k-chaos trust guardian`'])
      assert.ok(message.includes(part), `${part} in ${message}`);
  });

  it('is refused where only another type is pinned, with both fingerprints', async () => {
    const old = newKey(join(sshd.dir, 'ec'), 'ecdsa');
    const message = await refusedBy(`[127.0.0.1]:${sshd.port} ${old}\n`);
    for (const part of [shown(), fingerprintOf(old), 'known:1', '`0k-chaos trust guardian`'])
      assert.ok(message.includes(part), `${part} in ${message}`);
  });

  it('that is revoked is refused although it is pinned as well', async () => {
    const line = `[127.0.0.1]:${sshd.port} ssh-ed25519 ${sshd.hostKey}\n`;
    const message = await refusedBy(`${line}@revoked * ssh-ed25519 ${sshd.hostKey}\n`);
    assert.match(message, /known:2 revokes\. Not connecting/);
    assert.ok(message.includes(shown()));
  });
});

describe('our agent', () => {
  let sshd: TestSshd;
  let agent: TestAgent;
  before(async () => {
    sshd = await startSshd(['AllowAgentForwarding yes']);
    agent = await startAgent([join(sshd.dir, 'user')], sshd.dir);
  });
  after(async () => {
    agent.stop();
    await sshd.stop();
  });

  async function withAgent(where: { port: number; knownHostsFile: string }, use: (host: Host) => Promise<void>) {
    const identityFile = join(sshd.dir, 'named');
    writeFileSync(`${identityFile}.pub`, readFileSync(join(sshd.dir, 'user.pub')));
    const ssh = { host: '127.0.0.1', user: userInfo().username, identityFile, ...where };
    const settings = { stateDir: sshd.dir, sshConfigFile: '/dev/null', agentSocket: agent.socket };
    const connection = new SshConnection('guardian', ssh, settings);
    try {
      await use(sshHost('guardian', connection, noDocker));
    } finally {
      await connection.close();
    }
  }

  it('lets us in, and is not there on the machine, although its sshd would allow it', () =>
    withAgent(sshd, async (host) => {
      const { stdout } = await host.exec(['sh', '-c', 'echo "agent=${SSH_AUTH_SOCK-none} display=${DISPLAY-none}"']);
      assert.equal(stdout, 'agent=none display=none\n');
    }));

  it('is offered to no machine, nor is any way back to us', async () => {
    const rogue: Rogue = await startRogue(sshd.dir, (channel) => void (channel.exit(0), channel.end()));
    try {
      await withAgent(rogue, async (host) => {
        await host.exec(['true']);
        assert.deepEqual(rogue.asked, []);
        assert.deepEqual(await rogue.grabs(), { x11: 'refused', forwarded: 'refused' });
      });
    } finally {
      await rogue.stop();
    }
  });

  it('and all else is kept from a key with the restrictions that docs/sudoers names, which we can live with', async () => {
    const [key = ''] = readFileSync(join(sshd.dir, 'user.pub'), 'utf8').split('\n');
    const grant = /^# +(from=\S.* OF Q"),(restrict,\S+) ssh/m.exec(
      readFileSync(new URL('../../docs/sudoers', import.meta.url), 'utf8'),
    );
    assert.ok(grant?.[2] !== undefined, 'docs/sudoers names the restrictions of the key');
    writeFileSync(join(sshd.dir, 'authorized_keys'), `from="127.0.0.1",${grant[2]} ${key}\n`);
    await withAgent(sshd, async (host) => {
      assert.equal((await host.exec(['echo', 'in'])).stdout, 'in\n');
      const typed = { prompt: 'Passphrase: ', answer: 'correct horse' };
      const ask = 'printf "Passphrase: "; read -r answer </dev/tty; echo "${#answer}"';
      assert.match((await host.exec(['sh', '-c', ask], { pty: typed })).stdout, /13/);
    });
  });
});
