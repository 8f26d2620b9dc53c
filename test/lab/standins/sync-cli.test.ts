import { strict as assert } from 'node:assert';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RelayProcess, SmallLab } from './small-lab.ts';
import { rows } from './watching.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const NOBODY = 'ab'.repeat(32);

describe('the stand-in for sync-cli', () => {
  const lab = new SmallLab();
  let relay: RelayProcess;
  before(async () => {
    await lab.start(10);
    relay = await lab.relay('relay-1');
  });
  after(() => lab.stop());

  it('says its version', async () => {
    assert.deepEqual(pick(await lab.run(['--version'])), { code: 0, stdout: 'sync-cli 0.1.0\n', stderr: '' });
  });

  it('pushes and pulls, in the words of the product', async () => {
    await lab.client('fay', [relay], 'words of the product');
    const pushed = await lab.cli('fay', 'push', 'hello one');
    const connecting = `Connecting to peer: ${relay.id}\n  Our EndpointId: [0-9a-f]{64}\n`;
    assertText(pushed, `Pushing 9 bytes...\n${connecting}Push successful!\n\n  Blob ID: ${UUID}\n  Cursor:  1\n`);
    await lab.cli('fay', 'push', '');
    const pulled = await lab.cli('fay', 'pull', '--after-cursor', '0');
    const text = `Received 2 blob\\(s\\):\n\n  \\[1\\] hello one\n  \\[2\\] \n\nCursor updated to 2\n`;
    assertText(pulled, `Pulling data after cursor 0...\n${connecting}${text}`);
    assertText(await lab.cli('fay', 'pull'), `Pulling data after cursor 2...\n${connecting}No new data.\n`);
  });

  it('takes a message that starts with a dash after `--` only', async () => {
    await lab.client('gus', [relay], 'dashes in front');
    const refused = await lab.cli('gus', 'push', '-x');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^error: unexpected argument '-x' found\n\nUsage: /);
    assert.match((await lab.cli('gus', 'push', '--', '--data-dir')).stdout, /Push successful!/);
    assert.deepEqual(rows((await lab.cli('gus', 'pull', '--after-cursor', '0')).stdout), ['--data-dir']);
  });

  it('pushes a file, and shows as binary what is not UTF-8', async () => {
    await lab.client('hal', [relay], 'binary and newlines');
    writeFileSync(join(lab.dir, 'bytes'), Buffer.alloc(256, 0xff));
    await lab.cli('hal', 'push', '--file', join(lab.dir, 'bytes'));
    await lab.cli('hal', 'push', 'zwei\nZeilen ü');
    const { stdout } = await lab.cli('hal', 'pull', '--after-cursor', '0');
    assert.match(stdout, /\n {2}\[1\] <binary 256 bytes>\n {2}\[2\] zwei\nZeilen ü\n\nCursor updated to 2\n$/);
    const missing = await lab.cli('hal', 'push', '--file', join(lab.dir, 'nothing'));
    const error = 'Error: Failed to read file\n\nCaused by:\n    No such file or directory (os error 2)\n';
    assert.deepEqual(pick(missing), { code: 1, stdout: '', stderr: error });
  });

  it('pages by 100 rows and ignores --limit', async () => {
    await lab.client('ida', [relay], 'one hundred and two');
    const texts = Array.from({ length: 102 }, (_, i) => `m${i}`);
    await lab.pushAll('ida', texts);
    const first = await lab.cli('ida', 'pull', '--after-cursor', '0', '--limit', '5');
    assert.deepEqual(rows(first.stdout), texts.slice(0, 100));
    assert.match(first.stdout, /Cursor updated to 100\n$/);
    const second = await lab.cli('ida', 'pull', '--after-cursor', '100');
    assert.deepEqual(rows(second.stdout), texts.slice(100));
  });

  it('fails with exit code 1 when nobody can be reached, at once when nobody ever was there', async () => {
    await lab.client('jan', [relay]);
    lab.setRelays('jan', [{ id: NOBODY }]);
    const { code, stdout, stderr, ms } = await lab.cli('jan', 'push', 'lost');
    assert.equal(code, 1);
    assert.match(stdout, /^Pushing 4 bytes\.\.\.\nConnecting to peer: (ab){32}\n {2}Our EndpointId: [0-9a-f]{64}\n$/);
    assert.match(
      stderr,
      /^Error: Failed to connect to relay\n\nCaused by:\n {4}all relays failed: (ab){32}: connection failed: .*No addressing information available\n$/,
    );
    assert.ok(ms < 2500, `took ${ms} ms, a dead relay costs 3000`);
  });

  it('says `not paired`, `invalid` and what is wrong with the words', async () => {
    mkdirSync(join(lab.dir, 'kim'));
    assert.match(
      (await lab.cli('kim', 'pull')).stderr,
      /^Error: Device not initialized\. Run 'sync-cli init' first\.\n/,
    );
    await lab.cli('kim', 'init', '--name', 'kim');
    const notPaired = await lab.cli('kim', 'push', 'x');
    assert.match(notPaired.stderr, /^Error: Not paired\. Run 'sync-cli pair' first\.\n/);
    assert.equal(notPaired.code, 1);
    writeFileSync(join(lab.dir, 'kim', 'group.json'), '');
    assert.match((await lab.cli('kim', 'pull')).stderr, /^Error: Invalid group configuration\n/);
    for (const words of [
      [],
      ['frobnicate'],
      ['pull', '--after-cursor', 'x'],
      ['init'],
      ['push', 'a', 'b'],
      ['--nothing'],
    ]) {
      const { code, stderr } = await lab.cli('kim', ...words);
      assert.equal(code, 2, words.join(' '));
      assert.match(stderr, /^error: /);
    }
  });

  it('finds nothing with a wrong passphrase', async () => {
    await lab.client('nat', [relay], 'the right passphrase');
    await lab.cli('nat', 'push', 'for the right ones');
    await lab.client('oda', [relay], 'the wrong passphrase');
    assert.match((await lab.cli('oda', 'pull')).stdout, /\nNo new data\.\n$/);
  });
});

function pick({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  return { code, stdout, stderr };
}

function assertText(ran: { code: number | null; stdout: string; stderr: string }, pattern: string): void {
  assert.match(ran.stdout, new RegExp(`^${pattern.replaceAll('...', '\\.\\.\\.')}$`));
  assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' });
}
