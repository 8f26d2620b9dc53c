import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLEET } from '../../src/cli/init.ts';
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

  it('that is far too large is not read', () => {
    const file = join(folder, 'large.yml');
    writeFileSync(file, 'x'.repeat(2 * 1024 * 1024));

    assert.match(
      messageOf(() => loadFleet(file)),
      /large\.yml: has 2097152 bytes \(at most 65536\)/,
    );
  });
});
