import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type RelayProcess, SmallLab } from './small-lab.ts';
import { rows, until } from './watching.ts';

const NOBODY = 'ab'.repeat(32);

describe('the files of the stand-in for sync-cli', () => {
  const lab = new SmallLab();
  let relay: RelayProcess;
  before(async () => {
    await lab.start(10);
    relay = await lab.relay('relay-1');
  });
  after(() => lab.stop());

  it('initialises once, for its owner only', async () => {
    const dir = join(lab.dir, 'alice');
    const { code, stdout } = await lab.cli('alice', 'init', '--name', 'alice');
    const device = JSON.parse(readFileSync(join(dir, 'device.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`^Device initialized successfully!\n\n  Device ID: .{16}\n  Name:      alice\n  Data dir:  ${dir}\n`),
    );
    assert.deepEqual(Object.keys(device), ['device_id', 'device_name', 'created_at']);
    assert.match(String(device['device_id']), /^[\w-]{43}$/);
    assert.equal(mode(dir), 0o700);
    assert.equal(mode(join(dir, 'device.json')), 0o600);
    const again = await lab.cli('alice', 'init', '--name', 'alice');
    const error = `Error: Device already initialized. Delete ${dir}/device.json to reinitialize.\n`;
    assert.deepEqual(pick(again), { code: 1, stdout: '', stderr: error });
  });

  it('pairs without contacting anybody, and once', async () => {
    await lab.cli('bob', 'init', '--name', 'bob');
    const { code, stdout } = await lab.cli('bob', 'pair', '--join', NOBODY, '--passphrase', 'short');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Joined sync group successfully!\n\n {2}Group ID: {4}[\w-]{16}\n {2}EndpointId: {2}abababab\.\.\.abababab\n/,
    );
    const group = lab.group('bob');
    assert.deepEqual(Object.keys(group), [
      'group_id',
      'relay_addresses',
      'joined_at',
      'cursors',
      'group_secret_hex',
      'salt_hex',
    ]);
    assert.deepEqual(group.cursors, {});
    assert.equal(group['salt_hex'], '306b2d656e6470742d6a6f696e2d7632');
    assert.equal(mode(join(lab.dir, 'bob', 'group.json')), 0o600);
    const again = await lab.cli('bob', 'pair', '--join', NOBODY, '--passphrase', 'short');
    const error = `Error: Already paired to a group. Delete ${lab.dir}/bob/group.json to join a different group.\n`;
    assert.deepEqual(pick(again), { code: 1, stdout: '', stderr: error });
  });

  it('takes 64 hex digits only', async () => {
    await lab.cli('carl', 'init', '--name', 'carl');
    const { code, stderr } = await lab.cli('carl', 'pair', '--join', 'ABCD-EFGH', '--passphrase', 'a long one');
    assert.equal(code, 1);
    assert.match(stderr, /^Error: Short code lookup not yet implemented\. /);
  });

  it('asks for the passphrase on the terminal, without echo', async () => {
    await lab.cli('dora', 'init', '--name', 'dora');
    const typed = await onTerminal(lab, 'dora', 'hidden passphrase');
    assert.match(typed, /^Enter group passphrase: \r\nJoined sync group successfully!/);
    assert.ok(!typed.includes('hidden'), typed);
    await lab.client('as-argument', [relay], 'hidden passphrase');
    assert.equal(lab.group('dora')['group_id'], lab.group('as-argument')['group_id']);
  });

  it('refuses a short passphrase on the terminal, and to ask without one', async () => {
    await lab.cli('emil', 'init', '--name', 'emil');
    assert.match(await onTerminal(lab, 'emil', 'seven 7'), /Error: Passphrase must be at least 8 characters/);
    const { code, stderr } = await lab.cli('emil', 'pair', '--join', relay.id);
    assert.equal(code, 1);
    assert.match(stderr, /^Error: Failed to read passphrase\n/);
  });

  it('reads an older group.json with one relay and one cursor', async () => {
    await lab.client('lea', [relay], 'from an older version');
    for (const text of ['old', 'new']) await lab.cli('lea', 'push', text);
    const { relay_addresses: _relays, cursors: _cursors, ...rest } = lab.group('lea');
    lab.setGroup('lea', { ...rest, relay_address: relay.id, cursor: 1 });
    assert.deepEqual(rows((await lab.cli('lea', 'pull')).stdout), ['new']);
    assert.deepEqual(lab.group('lea')['relay_addresses'], [relay.id]);
    assert.deepEqual(lab.group('lea').cursors, { [relay.id]: 2 });
    assert.ok(!('relay_address' in lab.group('lea')));
  });

  it('shows its status without touching the network', async () => {
    await lab.client('mia', [relay]);
    const { code, stdout } = await lab.cli('mia', 'status');
    assert.equal(code, 0);
    assert.match(stdout, /^=== sync-cli status ===\n\nDevice:\n {2}ID: {3}.{16}\n {2}Name: mia\n {2}Init: just now\n/);
    assert.match(stdout, new RegExp(`\\[primary\\] ${relay.id.slice(0, 16)}\\.\\.\\. \\(cursor: 0\\)`));
    assert.match(stdout, /\nConnection:\n {2}Status: OFFLINE \(mock transport\)\n/);
  });
});

function pick({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  return { code, stdout, stderr };
}

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

/** Runs `pair` on a pseudo-terminal made by script(1) and types the answer when asked. */
async function onTerminal(lab: SmallLab, who: string, answer: string): Promise<string> {
  const words = [process.execPath, lab.programs.cli, '--data-dir', join(lab.dir, who), 'pair', '--join', NOBODY];
  const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], {
    env: { ...process.env, ZEROK_LAB_ENV: join(lab.dir, 'env') },
  });
  let seen = '';
  child.stdout.on('data', (data: Buffer) => (seen += data.toString()));
  await until(
    () => seen.includes('passphrase: '),
    () => `no prompt: ${seen}`,
  );
  child.stdin.write(`${answer}\n`);
  await new Promise((resolve) => child.on('close', resolve));
  return seen;
}
