import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { trustCommand, TrustError, type Trusted } from '../../src/cli/trust.ts';
import type { Config } from '../../src/config.ts';
import { appendKnownHost } from '../../src/hosts/host-keys.ts';
import { fingerprint } from '../../src/hosts/known-hosts.ts';
import { keygen, startSshd, type TestSshd } from '../hosts/sshd.ts';

describe('0k-chaos trust', () => {
  let sshd: TestSshd;
  let stateDir: string;
  let file: string;
  before(async () => {
    sshd = await startSshd();
    stateDir = join(sshd.dir, 'state');
    file = join(stateDir, 'known_hosts');
  });
  after(() => sshd.stop());
  beforeEach(() => rmSync(stateDir, { recursive: true, force: true }));

  const shown = () => fingerprint(Buffer.from(sshd.hostKey, 'base64'));
  const pinned = () => `[127.0.0.1]:${sshd.port} ssh-ed25519 ${sshd.hostKey}\n`;

  async function trust(words: string[], answer?: string): Promise<{ said: string; printed: string; asked: string }> {
    let [said, printed, asked] = ['', '', ''];
    const machines = { guardian: { ssh: { host: '127.0.0.1', port: sshd.port } }, q: { local: true } };
    const config = { fleet: { machines }, fleetFile: 'fleet.yml', stateDir } as unknown as Config;
    const ask = async (question: string) => ((asked += question), await Promise.resolve(answer ?? ''));
    const terminal = {
      ask: answer === undefined ? null : ask,
      say: (line: string) => void (said += `${line}\n`),
      print: (line: string) => void (printed += line),
    };
    await trustCommand(terminal, () => config).parseAsync(words, { from: 'user' });
    return { said, printed, asked };
  }

  it('shows the fingerprint and pins the key when a person agrees', async () => {
    const { said, asked } = await trust(['guardian'], 'y');

    assert.ok(said.includes(`ssh-ed25519  ${shown()}  unknown`), said);
    assert.match(asked, /Trust it\? \[y\/N\]/);
    assert.equal(readFileSync(file, 'utf8'), pinned());
  });

  it('writes nothing when a person does not agree, or nobody is there', async () => {
    await assert.rejects(trust(['guardian'], 'n'), TrustError);
    await assert.rejects(
      trust(['guardian']),
      (error: Error) => /--fingerprint/.test(error.message) && error instanceof TrustError,
    );

    assert.equal(existsSync(file), false);
  });

  it('needs nobody with --yes, and prints one JSON document', async () => {
    const { printed } = await trust(['guardian', '--yes', '--json']);

    const [trusted] = JSON.parse(printed) as [Trusted];
    assert.deepEqual([trusted.machine, trusted.file, trusted.added], ['guardian', file, [shown()]]);
    assert.equal(readFileSync(file, 'utf8'), pinned());
  });

  it('pins only the key that --fingerprint names', async () => {
    await assert.rejects(trust(['guardian', '--fingerprint', 'SHA256:other']), /shows no key `SHA256:other`/);
    assert.equal(existsSync(file), false);

    await trust(['guardian', '--fingerprint', shown()]);

    assert.equal(readFileSync(file, 'utf8'), pinned());
  });

  it('has nothing to do for a key that is trusted', async () => {
    await trust(['guardian', '--yes']);

    const { said } = await trust(['guardian']);

    assert.match(said, /nothing new to trust/);
  });

  it('shows a changed key beside the old one, and puts it in its place', async () => {
    const other = join(sshd.dir, 'other');
    keygen(other);
    const old = Buffer.from(readFileSync(`${other}.pub`, 'utf8').split(' ')[1] ?? '', 'base64');
    appendKnownHost(file, `[127.0.0.1]:${sshd.port}`, old);

    const { said, asked } = await trust(['guardian'], 'yes');

    assert.ok(said.includes(`changed: ${file}:1 ${fingerprint(old)}`), said);
    assert.match(asked, /CHANGED/);
    assert.equal(readFileSync(file, 'utf8'), pinned());
  });

  it('refuses a machine that is not there, and this one', async () => {
    await assert.rejects(trust(['guardain']), /did you mean `guardian`/);
    await assert.rejects(trust(['q']), /this machine itself/);
  });
});
