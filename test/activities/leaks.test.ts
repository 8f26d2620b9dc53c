import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Argv } from '../../src/faults/argv.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import type { Inquest } from '../../src/activities/invariants/index.ts';
import { notLeaked } from '../../src/activities/invariants/leaks.ts';
import { container, fakeDeps, result } from './ground/fake-fleet.ts';
import { deviceNameOf } from '../../src/activities/sync-client.ts';
import type { SyncClient } from '../../src/activities/sync-client.ts';
import * as samples from '../zerok/samples.ts';
import { inquestOf, SECRET } from './inquest.ts';

describe('what a relay wrote outside its volume', () => {
  let stateDir: string;
  let pages: Server;
  before(async () => {
    stateDir = mkdtempSync(path.join(tmpdir(), '0k-leaks-'));
    pages = createServer((_, response) => void response.end('fine'));
    await new Promise<void>((listens) => pages.listen(0, '127.0.0.1', listens));
  });
  after(() => {
    pages.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  async function searched(paths: string[], says: string | ((words: Argv) => string)): Promise<Inquest['seen']> {
    const health = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/health`;
    const docker = {
      changes: () => Promise.resolve(paths),
      exec: (_: string, words: Argv) => Promise.resolve(result(typeof says === 'string' ? says : says(words))),
      archive: () => Promise.resolve({ bytes: Buffer.from(''), truncated: false }),
    };
    const deps = { ...fakeDeps({ beast: { containers: [container('relay-1')], docker } }, { health }), stateDir };
    const inquest = inquestOf(deps);
    await notLeaked(inquest);
    return inquest.seen;
  }
  describe('by the program that shows it', () => {
    let there: string;
    before(() => mkdirSync((there = path.join(stateDir, 'there'))));

    /** With our own folder in the place of those that are in memory. */
    const shown = ([program = '', flag = '', script = '', sh = '', most = '', , ...paths]: Argv): string =>
      execFileSync(program, [flag, script, sh, most, there, ...paths], {
        encoding: 'utf8',
        maxBuffer: 16 * 1024 * 1024,
      });
    const found = async (...paths: string[]) => {
      const { broken, unknown } = await searched(paths, shown);
      return [...broken.map(({ id }) => id), ...unknown];
    };
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(there, name), text);
      return path.join(there, name);
    };
    afterEach(() => {
      rmSync(there, { recursive: true });
      mkdirSync(there);
    });

    it('is found in a file that Docker does not tell of, as it is in memory', async () => {
      file('noise', 'noise');
      assert.deepEqual(await found(), []);
      file('a name with\nlines', SECRET);
      assert.deepEqual(await found(), ['leak-storage']);
    });

    it('is found at the end of a large file', async () => {
      file('log', `${'noise\n'.repeat(400_000)}${SECRET}`);
      assert.deepEqual(await found(), ['leak-storage']);
    });

    it('is found in the names of files, folders and links, which lead nowhere', async () => {
      for (const make of [
        (at: string) => mkdirSync(at),
        (at: string) => writeFileSync(at, ''),
        (at: string) => symlinkSync('/proc/kmsg', at),
      ]) {
        const at = path.join(there, SECRET);
        make(at);
        assert.deepEqual(await found(at), ['leak-storage']);
        rmSync(at, { recursive: true });
      }
    });
  });

  const files = (count: number): string[] => Array.from({ length: count }, (_, n) => `/tmp/${n}`);

  it('is searched for the messages of the run', async () => {
    const { broken, unknown } = await searched(files(2), `/tmp/1\n${SECRET}\n`);
    assert.deepEqual([broken.map(({ id }) => id), unknown], [['leak-storage'], []]);
  });

  it('is unknown where it is more than is searched: many files, or large ones', async () => {
    const many = await searched(files(1_001), 'nothing');
    assert.match(many.unknown.join(), /outside its volume, holds plaintext: only 1000 of 1001 files/);
    const large = await searched(files(1), 'x'.repeat(8 * 1024 * 1024));
    assert.match(large.unknown.join(), /only 1 of 1 files, and 8388608 bytes/);
  });
});

describe('what a relay says', () => {
  let stateDir: string;
  before(() => (stateDir = mkdtempSync(path.join(tmpdir(), '0k-leaks-'))));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  const DEVICE = 'a-device_of-the-client_that-nobody-else-has';
  /** A client whose files these are. */
  const client = {
    name: 'q',
    cli: { dataDir: '/data' },
    script: (text: string) =>
      Promise.resolve(JSON.stringify(text.includes('device.json') ? { device_id: DEVICE } : samples.groupJson)),
  } as unknown as SyncClient;

  /** What the container was told. */
  let told = '';
  beforeEach(() => (told = ''));

  async function searched({
    log = '',
    beyond,
    ...head
  }: {
    log?: string;
    beyond?: string;
    location?: string;
    secret?: string;
  }) {
    const pages = createServer((_, response) => void response.writeHead(head.location ? 302 : 200, head).end('fine'));
    await new Promise<void>((listens) => pages.listen(0, '127.0.0.1', listens));
    const health = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/health`;
    const docker = {
      changes: () => Promise.resolve([]),
      exec: (_: string, words: Argv, { stdin = '' }: ExecOptions) => {
        told += String(stdin);
        return Promise.resolve(result(words.join().includes('grep') ? (beyond ?? '') : ''));
      },
      archive: () => Promise.resolve({ bytes: Buffer.from(''), truncated: beyond !== undefined }),
    };
    const beast = { containers: [container('relay-1')], docker, log: () => log };
    const inquest = inquestOf({ ...fakeDeps({ beast }, { health }), stateDir });
    await notLeaked({
      ...inquest,
      ask: { run: { scenario: 's', workflowId: 'w', runId: 'r' } } as Inquest['ask'],
      clients: [client],
    });
    pages.close();
    const { broken, findings, unknown } = inquest.seen;
    return [...[...broken, ...findings].map(({ id, message }) => `${id}: ${message}`), ...unknown];
  }

  it('keeps beyond what can be carried away is searched there, or not known', async () => {
    assert.deepEqual(await searched({ beyond: 'over 1\n' }), []);
    assert.ok(told.includes(SECRET) && !told.includes(samples.groupJson.group_secret_hex));
    assert.deepEqual(await searched({ beyond: `${SECRET}\nover 0\n` }), [
      'leak-storage: the storage of relay-1 holds the message m-1 (as text)',
    ]);
    assert.match(
      (await searched({ beyond: '' })).join(),
      /^whether the storage of relay-1 holds plaintext: only its first/,
    );
  });

  it('in the head of its pages is searched, also where they lead elsewhere', async () => {
    assert.deepEqual(await searched({}), []);
    for (const head of [{ secret: SECRET }, { location: `/?m=${encodeURIComponent(SECRET)}` }])
      assert.match((await searched(head)).join(), /^leak-page: the page \/health of relay-1 holds the message m-1/);
  });

  it('in its pages names no client', async () => {
    const secret = deviceNameOf({ scenario: 's', workflowId: 'w', runId: 'r' }, 'q');
    assert.match((await searched({ secret })).join(), /^leak-name: the page \/health of relay-1 holds the name of q/);
  });

  it('of the ids of groups and devices is found', async () => {
    for (const [id, whose] of [
      [samples.groupJson.group_id, 'the group'],
      [DEVICE, 'the device of q'],
    ] as const)
      assert.deepEqual(await searched({ log: `HELLO ${id}\n` }), [
        `id-in-log: the log of relay-1 holds the id of ${whose}`,
      ]);
  });
});
