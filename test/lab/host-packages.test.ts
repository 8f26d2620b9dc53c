import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../lab/error.ts';
import { ensurePackages, missing } from '../../lab/host-packages.ts';
import { mayInstall } from '../../src/cli/may-install.ts';

const NONE_SUCH = '0k-chaos-no-such-package';

describe('Debian packages', function () {
  this.timeout(60_000);
  before(function () {
    if (!existsSync('/usr/bin/dpkg-query')) this.skip();
  });

  it('are missing unless dpkg has them installed, and keep what they are for', async () => {
    assert.deepEqual(await missing({ dpkg: 'is there', [NONE_SUCH]: 'is not' }), { [NONE_SUCH]: 'is not' });
  });

  it('are not installed where nobody agreed: the command is named, and nothing was touched', async () => {
    const said: string[] = [];
    const nobody = (): Promise<boolean> => Promise.resolve(false);
    await assert.rejects(
      ensurePackages({ dpkg: 'is there', [NONE_SUCH]: 'is not' }, nobody, (line) => said.push(line)),
      (error) =>
        error instanceof LabError &&
        error.exitCode === 2 &&
        error.message.includes(`apt-get install -y --no-install-recommends ${NONE_SUCH}`),
    );
    assert.deepEqual(said, []);
  });

  it('are told with what they are for before anything is asked or agreed', async function () {
    if (process.stdin.isTTY) this.skip();
    for (const agreed of [true, false]) {
      const said: string[] = [];
      assert.equal(await mayInstall({ cpio: 'packs' }, agreed, (line) => said.push(line)), agreed);
      assert.match(said.join('\n'), /cpio +packs\n.*apt-get install -y --no-install-recommends cpio$/);
    }
  });

  describe('on a machine that has none, whose apt-get says no', () => {
    const folder = mkdtempSync(join(tmpdir(), '0k-chaos-packages-'));
    const { CI: _, ...env } = process.env;
    const start = (...words: string[]): { status: number | null; stderr: string } =>
      spawnSync('node', words, {
        env: { ...env, PATH: `${folder}:${env['PATH']}`, LAB_MACHINES: '', XDG_STATE_HOME: folder },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    before(() => {
      writeFileSync(join(folder, 'dpkg-query'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      for (const name of ['apt-get', 'sudo'])
        writeFileSync(join(folder, name), '#!/bin/sh\necho "no, and that was: $*"\nexit 7\n', { mode: 0o755 });
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('are installed by `npm run demo` though nobody is there to ask', () => {
      const { status, stderr } = start('scripts/setup.mjs', 'demo', '--exit');
      assert.match(stderr, /qemu-system-x86 +runs the machines/);
      assert.match(stderr, /installing qemu-system-x86 /);
      assert.match(stderr, /apt-get -qq update` ended with 7: no, and that was/);
      assert.equal(status, 1);
    });

    it('are not by `lab up`, which says how to agree', () => {
      const { status, stderr } = start('bin/0k-chaos.js', 'lab', 'up', '--machines', 'vm', '--name', 'none');
      assert.match(stderr, /Agree with --yes, or install them with:\n.*apt-get install -y /);
      assert.doesNotMatch(stderr, /no, and that was/);
      assert.equal(status, 2);
    });
  });
});
