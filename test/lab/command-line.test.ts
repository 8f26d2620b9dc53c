import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type CommandResult } from '../../lab/command.ts';
import { cloneFolder } from '../../lab/paths.ts';

describe('0k-chaos lab', function () {
  this.timeout(60_000);
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'lab-cli-'));
  });
  after(() => rmSync(home, { recursive: true }));

  const chaosWith = (env: Record<string, string>, ...words: string[]): Promise<CommandResult> =>
    run([process.execPath, join(cloneFolder(), 'bin/0k-chaos.js'), 'lab', ...words], {
      env: { XDG_STATE_HOME: home, CI: '', ...env },
    });
  const chaos = (...words: string[]): Promise<CommandResult> => chaosWith({}, ...words);

  it('answers one JSON document where there is no lab yet', async () => {
    const { exitCode, stdout, stderr } = await chaos('status', '--json');
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.deepEqual(JSON.parse(stdout), { up: false });
  });

  it('is down at once where nothing runs', async () => {
    const { exitCode, stdout } = await chaos('down', '--json');
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(stdout), { up: false, wasUp: false });
  });

  it('refuses a switch where no lab is up, and says how to start one', async () => {
    const { exitCode, stdout, stderr } = await chaos('second-path', 'on');
    assert.deepEqual([exitCode, stdout], [2, '']);
    assert.match(stderr, /is not up\. Start it with `0k-chaos lab up`/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it('refuses a machine that there is not', async () => {
    const { exitCode, stderr } = await chaos('power', 'off', 'q');
    assert.equal(exitCode, 2);
    assert.match(stderr, /`beast` or `guardian`/);
  });

  it('refuses a lab name that would leave its folder', async () => {
    const { exitCode, stderr } = await chaos('up', '--name', '../elsewhere');
    assert.equal(exitCode, 2);
    assert.match(stderr, /`\.\.\/elsewhere`/);
  });

  it('refuses a bug that there is not, before anything is started', async () => {
    const { exitCode, stderr } = await chaos('up', '--bugs', 'no-such-bug');
    assert.equal(exitCode, 2);
    assert.match(stderr, /`no-such-bug`/);
  });

  it('refuses to break or mend by a name that there is not, and says what was probably meant', async () => {
    for (const verb of ['break', 'mend']) {
      const { exitCode, stdout, stderr } = await chaos(verb, 'flip-bit');
      assert.deepEqual([exitCode, stdout], [2, '']);
      assert.match(stderr, /no bug `flip-bit` .*; did you mean `flips-bit`/);
    }
  });

  it('gives its errors as one JSON document where that is asked for', async () => {
    const { exitCode, stdout } = await chaos('mend', '--json');
    const { error } = JSON.parse(stdout) as { error: { kind: string; message: string } };
    assert.deepEqual([exitCode, error.kind], [2, 'BadInput']);
    assert.match(error.message, /is not up\. Start it/);
  });

  it('refuses a place where the bug does not live, before the lab is looked for', async () => {
    const { exitCode, stderr } = await chaos('break', 'no-failover', 'relay-1');
    assert.equal(exitCode, 2);
    assert.match(stderr, /it lives in `client`, `q`, `beast`, `guardian`/);
  });

  it('breaks and mends nothing where no lab is up', async () => {
    for (const words of [['break', 'flips-bit', 'relay-1'], ['mend']]) {
      const { exitCode, stderr } = await chaos(...words);
      assert.equal(exitCode, 2);
      assert.match(stderr, /is not up\. Start it with `0k-chaos lab up`/);
    }
  });

  it('lists every bug with what catches it, without a lab', async () => {
    const { exitCode, stdout } = await chaos('bugs', '--json');
    assert.equal(exitCode, 0);
    const { bugs } = JSON.parse(stdout) as { bugs: Array<Record<string, unknown>> };
    assert.ok(bugs.length >= 32);
    assert.deepEqual(bugs.find(({ name }) => name === 'no-failover')?.['planted'], []);
    assert.match((await chaos('bugs')).stdout, /^ {2}no-failover +client +.*\n +→ mr_01_relay_crash_failover: /m);
  });

  it('names the packages that are missing, what each is for and how to install them, and installs nothing unasked', async () => {
    const tools = join(home, 'tools');
    mkdirSync(tools);
    writeFileSync(join(tools, 'dpkg-query'), '#!/bin/sh\necho cpio installed\n', { mode: 0o755 });
    writeFileSync(join(tools, 'apt-get'), `#!/bin/sh\necho "$@" >>${home}/installed\n`, { mode: 0o755 });
    const { exitCode, stdout, stderr } = await chaosWith({ PATH: `${tools}:${process.env['PATH']}` }, 'up', '--json');
    assert.equal(exitCode, 2);
    assert.equal((JSON.parse(stdout) as { error: { kind: string } }).error.kind, 'BadInput');
    assert.match(stderr, /mmdebstrap +makes their root file system/);
    assert.match(stderr, /apt-get install -y --no-install-recommends qemu-system-x86 .* e2fsprogs/);
    assert.doesNotMatch(stderr, /recommends .*cpio/);
    assert.equal(existsSync(join(home, 'installed')), false);
  });
});
