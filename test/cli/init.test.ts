import { strict as assert } from 'node:assert';
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLEET, writeFleet } from '../../src/cli/init.ts';
import { loadFleet, parseFleet } from '../../src/fleet/load.ts';

describe('0k-chaos init', () => {
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-init-'));

  it('writes a fleet file that loads and holds the three machines, relays and clients of the guide', () => {
    const fleet = parseFleet(FLEET, 'fleet.yml');

    assert.deepEqual(Object.keys(fleet.machines), ['q', 'beast', 'guardian']);
    assert.deepEqual(Object.keys(fleet.relays), ['relay-1', 'relay-2', 'relay-3']);
    assert.deepEqual(Object.keys(fleet.clients), ['q', 'beast', 'guardian']);
    assert.deepEqual(fleet.machines['beast']?.keep, ['udp/41641', 'mark/0x80000']);
  });

  it('makes the folders on the way', () => {
    const file = join(folder, 'a', 'b', 'fleet.yml');

    writeFleet(file, false);

    assert.equal(readFileSync(file, 'utf8'), FLEET);
  });

  it('is a mistake of a person where no file can be', () => {
    for (const file of [folder, join(import.meta.filename, 'fleet.yml'), ''])
      assert.throws(() => writeFleet(file, true), {
        kind: 'BadInput',
        message: /cannot be written: E.*name another file/,
      });
  });

  it('writes a file that nobody else may write to, which is taken then, under any umask, also over one of before', () => {
    const umask = process.umask(0);
    try {
      const file = join(folder, 'open', 'fleet.yml');
      for (const force of [false, true]) {
        writeFleet(file, force);
        assert.equal(statSync(file).mode & 0o777, 0o600);
        assert.equal(statSync(join(folder, 'open')).mode & 0o777, 0o755);
        assert.equal(loadFleet(file).name, 'distributed');
        chmodSync(file, 0o666);
      }
    } finally {
      process.umask(umask);
    }
  });

  it('makes no file where a link leads to none', () => {
    const file = join(folder, 'link.yml');
    symlinkSync(join(folder, 'planted.yml'), file);

    assert.throws(() => writeFleet(file, false), /`.*link\.yml` is there already/);
    assert.ok(!existsSync(join(folder, 'planted.yml')));
  });

  it('does not overwrite a file unless forced', () => {
    const file = join(folder, 'mine.yml');
    writeFileSync(file, 'mine');

    assert.throws(() => writeFleet(file, false), /`.*mine\.yml` is there already.*--force/);
    assert.equal(readFileSync(file, 'utf8'), 'mine');

    writeFleet(file, true);
    assert.equal(readFileSync(file, 'utf8'), FLEET);
  });
});
