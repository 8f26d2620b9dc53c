import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLEET } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config.ts';
import { loadFleet } from '../../src/fleet/load.ts';
import { messageOf } from './message-of.ts';

describe('a fleet file on disk', () => {
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-fleet-'));

  it('is read', () => {
    const file = join(folder, 'fleet.yml');
    writeFileSync(file, FLEET);

    assert.equal(loadFleet(file).name, 'distributed');
  });

  it('that is missing is said to be so, with the way out', () => {
    assert.match(
      messageOf(() => loadFleet(join(folder, 'none.yml'))),
      /none\.yml: there is no such file.*0k-chaos init/,
    );
  });

  it('that is a folder is said to be so', () => {
    assert.match(
      messageOf(() => loadFleet(folder)),
      /is a folder/,
    );
  });

  it('that is a pipe or a device, or a link to one, is not waited for', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    symlinkSync('/dev/zero', join(folder, 'link'));
    for (const file of ['/dev/null', join(folder, 'link'), pipe])
      assert.match(
        messageOf(() => loadFleet(file)),
        /is a pipe or a device, and no file; name a fleet file/,
      );
  });

  for (const [what, state, why] of [
    ['a device', '/dev/null', /:2: state: `\/dev\/null`: .*\/dev.*name another folder/],
    ['in /proc, where folders are made without an end', '/proc/1/fd', /:2: state: `\/proc\/1\/fd`: .*\/proc/],
    ['to be in /sys', '/sys/deep/er', /:2: state: .*\/sys/],
    ['in /proc by a link', './to-proc/1/fd', /:2: state: .*\/proc/],
    ['a file', './a-file', /:2: state: .*a-file`: .*not a folder/],
    ['below a file', './a-file/x/y', /:2: state: .*not a folder/],
    ['a name that no folder can have', `./none/${'n'.repeat(256)}`, /:2: state: .*too long/],
    ['a link that leads to itself', './loop', /:2: state: .*ELOOP/],
  ] as const)
    it(`whose \`state\` is ${what} is refused with its line`, () => {
      const there = mkdtempSync(join(tmpdir(), '0k-chaos-fleet-'));
      writeFileSync(join(there, 'a-file'), '');
      symlinkSync('/proc', join(there, 'to-proc'));
      symlinkSync('loop', join(there, 'loop'));
      const file = join(there, 'fleet.yml');
      writeFileSync(file, FLEET.replace(/^name: .*$/m, (line) => `${line}\nstate: ${state}`).replace(/^#.*\n/, ''));

      assert.match(
        messageOf(() => loadFleet(file)),
        why,
      );
    });

  it('that anybody may write to is refused, whose commands are run', () => {
    const file = join(mkdtempSync(join(tmpdir(), '0k-chaos-fleet-')), 'fleet.yml');
    writeFileSync(file, FLEET);
    chmodSync(file, 0o646);
    const why = /fleet\.yml: anybody may write to it \(mode 646\).*`chmod go-w .*fleet\.yml`/;
    assert.throws(() => loadFleet(file), { name: 'FleetError', kind: 'BadInput', message: why });

    chmodSync(file, 0o664);
    assert.equal(loadFleet(file).name, 'distributed');
  });

  it('that belongs to somebody else is refused, also through a link of ours', function () {
    if (process.getuid?.() !== 0) return this.skip();
    const there = mkdtempSync(join(tmpdir(), '0k-chaos-fleet-'));
    writeFileSync(join(there, 'theirs.yml'), FLEET);
    chownSync(join(there, 'theirs.yml'), 12_345, 12_345);
    symlinkSync('theirs.yml', join(there, 'fleet.yml'));
    for (const file of [join(there, 'theirs.yml'), join(there, 'fleet.yml')])
      assert.match(
        messageOf(() => loadFleet(file)),
        /belongs to user 12345, neither to us \(0\) nor to root.*`chown 0 .*\.yml`/,
      );
  });

  it('of whoever has become root by sudo is taken', function () {
    if (process.getuid?.() !== 0) return this.skip();
    const file = join(mkdtempSync(join(tmpdir(), '0k-chaos-fleet-')), 'fleet.yml');
    writeFileSync(file, FLEET);
    chownSync(file, 12_345, 12_345);
    const world = { env: { HOME: folder, SUDO_UID: '12345' }, cwd: folder, say: () => undefined };
    assert.equal(loadConfig({ fleet: file }, world).fleet.name, 'distributed');
    const other = { ...world, env: { HOME: folder, SUDO_UID: '12346' } };
    assert.throws(() => loadConfig({ fleet: file }, other), /belongs to user 12345/);
  });

  it('whose `state` is not there yet is taken', () => {
    const there = mkdtempSync(join(tmpdir(), '0k-chaos-fleet-'));
    const file = join(there, 'fleet.yml');
    writeFileSync(
      file,
      FLEET.replace(/^name: .*$/m, (line) => `${line}\nstate: ./a/b/c`),
    );

    assert.equal(loadFleet(file).state, join(there, 'a/b/c'));
  });

  it('that is far too large is not read', () => {
    const file = join(folder, 'large.yml');
    writeFileSync(file, 'x'.repeat(2 * 1024 * 1024));

    assert.match(
      messageOf(() => loadFleet(file)),
      /large\.yml: has 2097152 bytes \(at most 65536\)/,
    );
  });
});
