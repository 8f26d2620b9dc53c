import { strict as assert } from 'node:assert';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps } from '../../src/activities/deps.ts';
import { initDevice, pairDevice, readGroup } from '../../src/activities/join.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { keyFile, passphraseOf } from '../../src/activities/passphrase.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import type { RunRef } from '../../src/contract/run.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';
import { appendKnownHost } from '../../src/hosts/host-keys.ts';
import { withLock } from '../../src/temporal/lock.ts';
import { encodingsOf } from '../../src/zerok/leak-encodings.ts';

const RUN: RunRef = { scenario: 'a-scenario', workflowId: 'a-workflow', runId: 'a-run' };
const SECRET_HEX = 'ab12'.repeat(16);

describe('the passphrase of a run', () => {
  let stateDir: string;
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-passphrase-'));
  });
  afterEach(() => rmSync(stateDir, { recursive: true }));

  it('is the same for one run, another for another run or another key, and long enough for the client', () => {
    const mine = passphraseOf({ stateDir }, RUN);
    assert.equal(passphraseOf({ stateDir }, RUN), mine);
    assert.match(mine, /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(passphraseOf({ stateDir }, { ...RUN, runId: 'another' }), mine);
    rmSync(keyFile(stateDir));
    assert.notEqual(passphraseOf({ stateDir }, RUN), mine);
  });

  it('is not derived from a key that is cut short, or that others may read', () => {
    writeFileSync(keyFile(stateDir), '', { mode: 0o600 });
    assert.throws(() => passphraseOf({ stateDir }, RUN), {
      type: 'GroundFailed',
      message: /is not a key of 32 bytes; remove it/,
    });
    rmSync(keyFile(stateDir));
    passphraseOf({ stateDir }, RUN);
    chmodSync(keyFile(stateDir), 0o644);
    assert.throws(() => passphraseOf({ stateDir }, RUN), {
      type: 'GroundFailed',
      message: /open to others \(mode 644\)/,
    });
  });

  it('lies, as everything that we write, in folders of mode 0700 and files of mode 0600, with any umask', async () => {
    const umask = process.umask(0);
    const state = join(stateDir, 'new', 'state');
    try {
      passphraseOf({ stateDir: state }, RUN);
      const folder = new RunFolder(state, RUN);
      folder.record({ kind: 'note', summary: 'x' });
      folder.write('logs/relay-1.log', 'x');
      appendKnownHost(join(state, 'known_hosts'), 'guardian', Buffer.from('\0\0\0\x0bssh-ed25519'));
      const seen = await withLock(join(state, 'lock'), 1000, () => Promise.resolve(modesBelow(join(stateDir, 'new'))));
      assert.ok(seen.length >= 8, seen.join());
      assert.deepEqual(
        seen.filter((line) => !/^(dir 700|file 600) /.test(line)),
        [],
      );
    } finally {
      process.umask(umask);
    }
  });
});

const modesBelow = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return `${entry.isDirectory() ? 'dir' : 'file'} ${(statSync(path).mode & 0o777).toString(8)} ${path}`;
  });

describe('the error of a client that does not pair', function () {
  this.timeout(30_000);
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-no-pair-'));
  const cli = join(folder, 'sync-cli');
  const fleet = parseFleet(
    `name: one\ntimes: { commandSeconds: 3 }\nmachines: { desk: { local: true } }\nrelays: {}\n` +
      `clients: { q: { machine: desk, command: [${cli}], data: ${folder} } }\n`,
    'fleet.yml',
  );
  const passphrase = passphraseOf({ stateDir: folder }, RUN);
  let hosts: Hosts;
  let client: SyncClient;
  before(() => {
    hosts = createHosts({ machines: fleet.machines, stateDir: folder });
    client = new SyncClient({ fleet, hosts, stateDir: folder } as Omit<Deps, 'temporal'> as Deps, RUN, 'q');
  });
  after(async () => {
    await hosts.close();
    rmSync(folder, { recursive: true });
  });

  const asks = 'printf "Enter group passphrase: "; IFS= read -r p </dev/tty; ';
  const wicked: Record<string, string> = {
    'repeats what was typed': `${asks} echo "Error: wrong passphrase: $p"; exit 1`,
    'repeats it on stderr, twice': `${asks} echo "Error: $p$p" >&2; exit 1`,
    'repeats it and hangs': `${asks} echo "have $p"; sleep 60`,
    'repeats it in base64': `${asks} echo "Error: $(printf %s "$p" | base64 -w0)"; exit 1`,
    'repeats it in hex, and hangs': `${asks} printf %s "$p" | od -An -tx1 | tr -d ' \\n'; sleep 60`,
    'repeats it with blanks between': `${asks} printf %s "$p" | sed 's/./& /g'; exit 1`,
    'repeats its first half': `${asks} printf 'Error: %.21s' "$p"; exit 1`,
    'repeats the base64 of its second half': `${asks} printf %s "$p" | tail -c 21 | base64; exit 1`,
    'says nothing': `${asks} exit 3`,
  };
  for (const [what, script] of Object.entries(wicked)) {
    it(`holds no passphrase in any form where the client ${what}`, async () => {
      writeFileSync(cli, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const error = await pairDevice(client, 'ab'.repeat(32), passphrase).then(
        () => assert.fail('it paired'),
        (reason: Error) => reason,
      );
      const text = `${error.message}\n${error.stack}\n${JSON.stringify(error)}`;
      assert.match(text, /desk/);
      const halves = [passphrase.slice(0, 21), passphrase.slice(-21)];
      for (const secret of [passphrase, ...halves, passphrase.replaceAll(/./g, '$& ').trim()])
        for (const { encoding, bytes } of encodingsOf(secret)) assert.ok(!text.includes(bytes.toString()), encoding);
    });
  }

  it('says that no passphrase was asked for, where the client does not ask', async () => {
    writeFileSync(cli, '#!/bin/sh\necho "a version without a question"; exit 1\n', { mode: 0o755 });
    const asked = pairDevice(client, 'ab'.repeat(32), passphrase);
    await assert.rejects(asked, { type: 'GroundFailed', message: /a version without a question/ });
  });

  it('comes before a folder is made where others could move it away', async () => {
    const shared = join(folder, 'shared');
    const machines = { desk: { local: true } };
    const clients = { q: { machine: 'desk', command: [cli], data: shared } };
    const of = {
      fleet: parseFleet(JSON.stringify({ name: 'one', machines, relays: {}, clients }), 'fleet.yml'),
      hosts,
    };
    const there = new SyncClient({ ...of, stateDir: folder } as Omit<Deps, 'temporal'> as Deps, RUN, 'q');
    writeFileSync(cli, '#!/bin/sh\necho "Device initialized successfully!"\n', { mode: 0o755 });
    await initDevice(there);
    chmodSync(shared, 0o1777);
    await initDevice(there);
    chmodSync(shared, 0o777);
    await assert.rejects(initDevice(there), /anybody may change .*shared: name another folder as `data`/);
    chmodSync(shared, 0o755);
    if (process.getuid?.() !== 0) return;
    chownSync(shared, 1234, 0);
    await assert.rejects(initDevice(there), /belongs to user 1234, not to us: name another folder as `data`/);
  });

  it('never quotes a group.json', async () => {
    writeFileSync(cli, '', { mode: 0o755 });
    const files = {
      'not JSON': `{${SECRET_HEX}`,
      'of another shape': JSON.stringify({ group_secret_hex: SECRET_HEX, group_id: SECRET_HEX }),
    };
    for (const content of Object.values(files)) {
      await client.script('mkdir -p "$1/main"; cat >"$1/main/group.json"', [client.root], { stdin: content });
      await assert.rejects(readGroup(client), ({ message }: Error) => !message.includes(SECRET_HEX));
    }
    assert.ok(readFileSync(join(client.root, 'main', 'group.json'), 'utf8').includes(SECRET_HEX));
  });
});
