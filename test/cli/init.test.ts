import { strict as assert } from 'node:assert';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLEET, writeFleet } from '../../src/cli/init.ts';
import { parseFleet } from '../../src/fleet/load.ts';

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

  it('does not overwrite a file unless forced', () => {
    const file = join(folder, 'mine.yml');
    writeFileSync(file, 'mine');

    assert.throws(() => writeFleet(file, false), /`.*mine\.yml` is there already.*--force/);
    assert.equal(readFileSync(file, 'utf8'), 'mine');

    writeFleet(file, true);
    assert.equal(readFileSync(file, 'utf8'), FLEET);
  });
});
