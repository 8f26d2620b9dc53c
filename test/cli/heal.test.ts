import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { cut, eachOnItsMachine } from '../hosts/leased-machine.ts';
import { startSshd, type TestSshd } from '../hosts/sshd.ts';
import { folderWith } from './fleets.ts';
import { chaos } from './program.ts';

describe('`heal --all` of somebody who has the fleet file and nothing else', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  let home: string;
  let sshd: TestSshd;
  let fleet: ReturnType<typeof folderWith>;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), '0k-chaos-empty-'));
    const into = `nsenter -t ${machine().pid} -m -p -n -- sh -c "$SSH_ORIGINAL_COMMAND"`;
    sshd = await startSshd([`ForceCommand ${into}`], '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin');
  });
  afterEach(async () => {
    await sshd.stop();
    fleet.remove();
    rmSync(home, { recursive: true, force: true });
  });

  /** Two machines: one that answers, and one where nobody listens. */
  const fleetFile = (more = '', rest = '') => {
    const ssh = `host: 127.0.0.1, port: ${sshd.port}, user: ${userInfo().username}, identityFile: ${sshd.identityFile}${more}`;
    fleet = folderWith(`name: lost\nmachines:\n  guardian: { ssh: { ${ssh} } }\n${rest}relays: {}\nclients: {}\n`);
    return fleet.file;
  };
  const healAll = (file: string) => chaos(home, 'heal', '--all', '--fleet', file);
  const left = async () => (await leases().list()).length;

  it('heals whatever any run has left there, with no state folder, no Temporal and no worker', async () => {
    await leases().arm(cut('one', { owner: 'a-run/1' }));
    await leases().arm(cut('two', { owner: 'by-hand/2' }));
    const { code, stdout, stderr } = await healAll(fleetFile(`, knownHostsFile: ${sshd.knownHostsFile}`));
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /all healed/);
    assert.equal(await left(), 0);
  });

  it('names the key of a machine that it does not know, and heals once that is trusted', async () => {
    await leases().arm(cut('one'));
    const file = fleetFile();
    const refused = await healAll(file);
    assert.equal(refused.code, 4, refused.stdout + refused.stderr);
    assert.match(refused.stderr, /guardian .*shows the ssh-ed25519 key `SHA256:.*`.*`0k-chaos trust guardian`/s);
    assert.equal(await left(), 1, 'nobody is healed by way of a stranger');
    const trusted = await chaos(home, 'trust', 'guardian', '--yes', '--fleet', file);
    assert.equal(trusted.code, 0, trusted.stderr);
    assert.equal((await healAll(file)).code, 0);
    assert.equal(await left(), 0);
  });

  it('heals the machines that answer, and names those that do not', async () => {
    await leases().arm(cut('one'));
    const gone = '  beast: { ssh: { host: 127.0.0.1, port: 1, user: nobody } }\n';
    const { code, stdout, stderr } = await healAll(fleetFile(`, knownHostsFile: ${sshd.knownHostsFile}`, gone));
    assert.equal(code, 4, stdout + stderr);
    assert.match(stderr, /beast does not answer, its leases heal it when they run out/);
    assert.match(stdout, /healed on guardian: cut/);
    assert.equal(await left(), 0);
  });
});
