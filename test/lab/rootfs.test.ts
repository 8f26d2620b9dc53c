import { strict as assert } from 'node:assert';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRoot } from '../../lab/rootfs.ts';

describe('the root file system of the lab', () => {
  const { PATH } = process.env;
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-root-'));
    mkdirSync(join(dir, 'bin'));
    process.env['PATH'] = `${join(dir, 'bin')}:${PATH}`;
  });
  afterEach(() => {
    process.env['PATH'] = PATH;
    rmSync(dir, { recursive: true, force: true });
  });

  it('leaves nothing mounted on this machine when its builder is killed', async () => {
    const builder = join(dir, 'bin', 'mmdebstrap');
    writeFileSync(
      builder,
      '#!/bin/sh\nmkdir mounted && mount -t tmpfs none mounted && echo yes >done && kill -KILL $$\n',
    );
    chmodSync(builder, 0o755);
    await assert.rejects(makeRoot(dir, { format: 'directory', target: 'root', packages: ['sh'], hooks: [] }));
    assert.equal(readFileSync(join(dir, 'done'), 'utf8'), 'yes\n');
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(join(dir, 'mounted')));
  });
});
