import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { HostError } from '../../src/hosts/host.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import { startSshd, type TestSshd } from './sshd.ts';

const run = promisify(execFile);

describe('the hosts of a fleet', () => {
  let sshd: TestSshd;
  before(async () => (sshd = await startSshd()));
  after(() => sshd.stop());

  const options = () => {
    const { port, identityFile, knownHostsFile, dir } = sshd;
    const ssh = { host: '127.0.0.1', port, user: userInfo().username, identityFile, knownHostsFile };
    return { stateDir: dir, sshConfigFile: '/dev/null', machines: { guardian: { ssh }, q: { local: true as const } } };
  };

  it('are given out once each, with a connection of its own for heals', async () => {
    const hosts = createHosts(options());

    const [work, heal] = [hosts.get('guardian'), hosts.get('guardian', 'heal')];

    assert.equal(hosts.get('guardian'), work);
    assert.notEqual((await work.control())?.fromPort, (await heal.control())?.fromPort);
    await hosts.close();
  });

  it('let a heal through while all channels for work are stuck', async () => {
    const hosts = createHosts(options());
    const stuck = new AbortController();
    const sleeping = Array.from({ length: 8 }, () =>
      hosts.get('guardian').exec(['sleep', '60'], { signal: stuck.signal }),
    );

    const healed = await hosts.get('guardian', 'heal').exec(['echo', 'healed']);

    assert.equal(healed.stdout, 'healed\n');
    stuck.abort();
    await Promise.allSettled(sleeping);
    await hosts.close();
  });

  it('refuse a name that is not in the fleet, and know what was meant', () => {
    const hosts = createHosts(options());

    const asks = (name: string) => () => hosts.get(name);

    assert.throws(
      asks('guardain'),
      (error: unknown) => error instanceof HostError && /did you mean `guardian`/.test(error.message),
    );
    assert.throws(asks('__proto__'), HostError);
    assert.throws(asks('toString'), HostError);
  });

  it('leave nothing that keeps a process alive once closed', async () => {
    const url = new URL('../../src/hosts/hosts.ts', import.meta.url).href;
    const script = `
      const { createHosts } = await import(${JSON.stringify(url)});
      const hosts = createHosts(${JSON.stringify(options())});
      const [near, far] = await Promise.all([hosts.get('q').exec(['echo', 'near']), hosts.get('guardian').exec(['echo', 'far'])]);
      console.log(near.stdout + far.stdout);
      hosts.get('guardian').exec(['sleep', '30']).catch(() => {});
      await hosts.get('guardian').exec(['true']);
      await hosts.close();
    `;

    const { stdout } = await run(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], {
      timeout: 15_000,
    });

    assert.equal(stdout.trim(), 'near\nfar');
  });
});
