import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { HostError } from '../../src/hosts/host.ts';
import { resolveSshTarget } from '../../src/hosts/ssh-config.ts';

describe('the SSH target of a machine', () => {
  let dir: string;
  let sshConfigFile: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-config-'));
    sshConfigFile = join(dir, 'config');
    writeFileSync(join(dir, 'more'), 'Host beast\n  User fromInclude\n');
    writeFileSync(
      sshConfigFile,
      [
        `Include ${join(dir, 'more')}`,
        'Host beast',
        '  HostName 192.0.2.1',
        '  Port 2201',
        `  IdentityFile ${join(dir, 'key')}`,
        '  IdentitiesOnly yes',
        `  UserKnownHostsFile ${join(dir, 'a')} ${join(dir, 'b')}`,
        'Host far',
        '  ProxyJump me@beast:99,[2001:db8::1]:44,last',
        'Host circle',
        '  ProxyJump circle',
        'Host odd',
        '  ProxyCommand nc %h %p',
      ].join('\n'),
    );
  });
  after(() => rmSync(dir, { recursive: true }));

  const resolve = (ssh: Parameters<typeof resolveSshTarget>[1]) =>
    resolveSshTarget('m', ssh, { stateDir: '/state', sshConfigFile, agentSocket: '/agent' });

  it('is completed by ssh_config', async () => {
    const target = await resolve({ host: 'beast' });

    assert.deepEqual([target.host, target.port, target.user], ['192.0.2.1', 2201, 'fromInclude']);
    assert.deepEqual([target.identityFiles, target.identitiesOnly], [[join(dir, 'key')], true]);
    assert.deepEqual(target.knownHostsFiles.slice(0, 3), ['/state/known_hosts', join(dir, 'a'), join(dir, 'b')]);
    assert.equal(target.agentSocket, '/agent');
  });

  it('follows the fleet file where both speak', async () => {
    const ssh = { host: 'beast', port: 7, user: 'jimmyb', identityFile: '/k', knownHostsFile: '/known' };

    const target = await resolve(ssh);

    assert.deepEqual([target.port, target.user, target.identityFiles], [7, 'jimmyb', ['/k']]);
    assert.deepEqual(target.knownHostsFiles, ['/known']);
  });

  it('has the defaults of ssh for a host that is nowhere configured', async () => {
    const target = await resolve({ host: '192.0.2.9' });

    assert.deepEqual([target.host, target.port, target.user], ['192.0.2.9', 22, userInfo().username]);
    assert.ok(target.identityFiles.includes(join(homedir(), '.ssh/id_ed25519')));
    assert.equal(target.identitiesOnly, false);
  });

  it('goes through the jumps of ProxyJump, each with its own configuration', async () => {
    const { jumps } = await resolve({ host: 'far' });

    assert.deepEqual(
      jumps.map(({ user, host, port }) => [user, host, port]),
      [
        ['me', '192.0.2.1', 99],
        [userInfo().username, '2001:db8::1', 44],
        [userInfo().username, 'last', 22],
      ],
    );
  });

  it('refuses a ProxyJump in a circle, and a ProxyCommand', async () => {
    const refused = (pattern: RegExp) => (error: unknown) => error instanceof HostError && pattern.test(error.message);

    await assert.rejects(resolve({ host: 'circle' }), refused(/circle/));
    await assert.rejects(resolve({ host: 'odd' }), refused(/ProxyCommand.*use ProxyJump/));
  });
});
