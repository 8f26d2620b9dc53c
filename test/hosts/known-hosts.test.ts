import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendKnownHost } from '../../src/hosts/host-keys.ts';
import { fingerprint, hostKeyAlgorithms, judge, knownName, parseKnownHosts } from '../../src/hosts/known-hosts.ts';
import { keygen } from './sshd.ts';

describe('known_hosts', () => {
  let dir: string;
  const lines: Record<string, string> = {};
  const keys: Record<string, Buffer> = {};
  before(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-known-'));
    for (const [name, type] of Object.entries({ one: 'ed25519', two: 'ed25519', ec: 'ecdsa' })) {
      keygen(join(dir, name), '', type);
      const [kind = '', base64 = ''] = readFileSync(join(dir, `${name}.pub`), 'utf8').split(' ');
      lines[name] = `${kind} ${base64}`;
      keys[name] = Buffer.from(base64, 'base64');
    }
  });
  after(() => rmSync(dir, { recursive: true }));

  const key = (name: string): Buffer => keys[name] ?? Buffer.alloc(0);
  const verdict = (text: string, name: string, shown = 'one'): string => {
    const judgement = judge(parseKnownHosts(text, 'known_hosts'), name, key(shown));
    return judgement.trusted ? 'trusted' : judgement.why;
  };

  it('trusts a key under a plain name, an address, a port, a list and a wildcard', () => {
    assert.equal(verdict(`beast ${lines['one']}`, 'beast'), 'trusted');
    assert.equal(verdict(`beast,192.0.2.7 ${lines['one']} comment here`, '192.0.2.7'), 'trusted');
    assert.equal(verdict(`[beast]:2222 ${lines['one']}`, knownName('Beast', 2222)), 'trusted');
    assert.equal(verdict(`*.example.org ${lines['one']}`, 'a.example.org'), 'trusted');
    assert.equal(verdict(`192.0.2.? ${lines['one']}`, '192.0.2.7'), 'trusted');
  });

  it('does not know a host of another name, port or pattern', () => {
    assert.equal(verdict(`beast ${lines['one']}`, 'beast2'), 'unknown');
    assert.equal(verdict(`beast ${lines['one']}`, '[beast]:2222'), 'unknown');
    assert.equal(verdict(`*,!beast ${lines['one']}`, 'beast'), 'unknown');
    assert.equal(verdict(`b.ast ${lines['one']}`, 'beast'), 'unknown');
    assert.equal(verdict(`# beast ${lines['one']}\n\nbeast\nbeast ssh-ed25519 AAAA`, 'beast'), 'unknown');
    assert.equal(verdict(`@cert-authority * ${lines['one']}`, 'beast'), 'unknown');
  });

  it('reads the hashed names of ssh-keygen', () => {
    const file = join(dir, 'hashed');
    writeFileSync(file, `beast ${lines['one']}\n[guardian]:2200 ${lines['one']}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');

    assert.match(text, /^\|1\|/);
    assert.equal(verdict(text, 'beast'), 'trusted');
    assert.equal(verdict(text, '[guardian]:2200'), 'trusted');
    assert.equal(verdict(text, 'guardian'), 'unknown');
  });

  it('tells a changed key from an unknown one by its type, and lets any line for the host speak for a key', () => {
    assert.equal(verdict(`beast ${lines['two']}`, 'beast'), 'changed');
    assert.equal(verdict(`beast ${lines['ec']}`, 'beast'), 'unknown');
    assert.equal(verdict(`beast ${lines['two']}\nbeast ${lines['one']}`, 'beast'), 'trusted');
  });

  it('lets a revocation win', () => {
    assert.equal(verdict(`beast ${lines['one']}\n@revoked * ${lines['one']}`, 'beast'), 'revoked');
    assert.equal(verdict(`beast ${lines['one']}\n@revoked * ${lines['two']}`, 'beast'), 'trusted');
  });

  it('prints fingerprints as ssh-keygen does', () => {
    assert.ok(
      execFileSync('ssh-keygen', ['-lf', join(dir, 'one.pub')])
        .toString()
        .includes(` ${fingerprint(key('one'))} `),
    );
  });

  it('asks first for the types of key that are pinned', () => {
    const known = parseKnownHosts(`beast ${lines['ec']}\nother ${lines['one']}`, 'f');

    assert.deepEqual(hostKeyAlgorithms(known, 'beast', ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512']), [
      'ecdsa-sha2-nistp256',
      'ssh-ed25519',
      'rsa-sha2-512',
    ]);
  });

  it('pins a key in place of the old one of the same host and type, and leaves the rest alone', async () => {
    const file = join(dir, 'new', 'known_hosts');
    appendKnownHost(file, 'beast', key('two'));
    appendKnownHost(file, 'guardian', key('two'));
    appendKnownHost(file, 'beast', key('ec'));

    appendKnownHost(file, 'beast', key('one'));

    const text = readFileSync(file, 'utf8');
    assert.equal(text, `guardian ${lines['two']}\nbeast ${lines['ec']}\nbeast ${lines['one']}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(
      execFileSync('ssh-keygen', ['-F', 'beast', '-f', file])
        .toString()
        .match(/ssh-ed25519/g)?.length,
      1,
    );
  });

  it('is a file: nothing else is replaced by one', () => {
    const link = join(dir, 'link');
    symlinkSync('/dev/null', link);
    assert.throws(() => appendKnownHost(link, 'beast', key('one')), { kind: 'BadInput', message: /no file that keys/ });
    assert.ok(lstatSync(link).isSymbolicLink());
  });
});
