import { strict as assert } from 'node:assert';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { composeFolder, pullSources } from '../../src/activities/compose.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { inFolder } from '../../src/activities/in-folder.ts';
import { artefactOf } from '../../src/activities/install.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import type { Argv } from '../../src/faults/argv.ts';
import type { Fleet } from '../../src/fleet/schema.ts';
import { rootExec, rootScript } from '../../src/hosts/as-root.ts';
import type { Host } from '../../src/hosts/host.ts';
import { localHost } from '../../src/hosts/local-host.ts';
import { quoteAll } from '../../src/hosts/quote.ts';
import { init, pair, pullAfter, push, version } from '../../src/zerok/commands.ts';
import { fleet as base } from '../workflows/fleet.ts';
import { DEADLINE_MS, fuzzAsync, SEED } from '../zerok/fuzz-runs.ts';
import { SHELLS } from './shells.ts';
import { hostOf, noDocker, startSshd, type TestSshd } from './sshd.ts';

/** Each would make a file named `canary` in the working folder, in some shell, were it ever read by one. */
const BAITS = [
  ...[
    '$(touch CANARY)',
    '`touch CANARY`',
    '; touch CANARY',
    '&& touch CANARY',
    '| touch CANARY',
    '\ntouch CANARY\n',
    '& touch CANARY &',
  ],
  ...[
    "'; touch CANARY; '",
    '"; touch CANARY; "',
    "'$(touch CANARY)'",
    '"`touch CANARY`"',
    "\\'; touch CANARY #",
    '>CANARY',
    '<(touch CANARY)',
  ],
  ...[
    '${x:-$(touch CANARY)}',
    '$((`touch CANARY`))',
    '-o ProxyCommand=touch CANARY',
    '--help; touch CANARY',
    '{touch,CANARY}',
    '!touch CANARY',
  ],
  ...[
    "$'\\n'touch CANARY",
    '*',
    '~',
    '..',
    '-',
    '--',
    '#',
    '\\',
    '\r\ntouch CANARY\r\n',
    'EOF\ntouch CANARY\n',
    "x' 'touch' 'CANARY",
  ],
];

describe(`shell metacharacters, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);
  let dir: string;
  let canary: string;
  let bait: fc.Arbitrary<string>;
  let sshd: TestSshd;
  const hosts: Record<string, Host> = {};
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-bait-'));
    canary = join(dir, 'canary');
    const baits = BAITS.map((text) => text.replaceAll('CANARY', canary));
    const anything = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
    bait = fc
      .array(fc.oneof(fc.constantFrom(...baits), anything), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join(''));
    for (const shell of SHELLS) hosts[shell.join(' ')] = localHost('here', await withShell(shell), noDocker);
    sshd = await startSshd();
    const { host, connection } = hostOf(sshd);
    opened.push(connection);
    hosts['a login shell behind sshd'] = host;
  });
  after(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await sshd.stop();
    rmSync(dir, { recursive: true });
  });
  afterEach(() => assert.equal(existsSync(canary), false, 'something was executed'));

  /** A PATH on which `sh` is that shell. */
  async function withShell(shell: string[]): Promise<NodeJS.ProcessEnv> {
    const bin = join(dir, shell.join('-'));
    mkdirSync(bin);
    writeFileSync(join(bin, 'sh'), `#!/bin/sh\nexec ${shell.join(' ')} "$@"\n`, { mode: 0o755 });
    return Promise.resolve({ ...process.env, PATH: `${bin}:${process.env['PATH']}` });
  }

  async function onEach(property: (host: Host, words: string[]) => Promise<void>, length = 4): Promise<void> {
    for (const host of Object.values(hosts))
      await fuzzAsync(
        fc.array(bait, { minLength: length, maxLength: length }),
        (words) => property(host, words),
        Object.keys(hosts).length,
      );
    assert.equal(existsSync(canary), false, 'something was executed');
  }

  it('are words, and come back as they were, from plain commands, as root and through scripts', () =>
    onEach(async (host, words) => {
      const show: Argv = ['printf', '%s\\0', 'x', ...words];
      const wanted = ['x', ...words].map((word) => `${word}\0`).join('');
      assert.equal((await host.exec(show)).stdout, wanted);
      assert.equal((await rootExec(host, show)).stdout, wanted);
      assert.equal((await rootScript(host, `printf '%s\\0' x "$@"`, words)).stdout, wanted);
      assert.equal((await host.exec(['sh', '-c', quoteAll(show)])).stdout, wanted);
      assert.equal((await host.exec(inFolder(dir, show))).stdout, wanted);
    }));

  it('in paths of files that are written, read and looked for', () =>
    onEach(async (host, [one = '']) => {
      const folder = join(dir, 'files');
      mkdirSync(folder, { recursive: true });
      const name = Buffer.from(one.replaceAll('/', '_').replace(/^\.{1,2}$/, '_'))
        .subarray(0, 200)
        .toString()
        .replaceAll('\ufffd', '');
      const path = join(folder, `f${name}`);
      await host.put(path, 'content');
      assert.equal((await host.get(path)).toString(), 'content');
      assert.deepEqual(readdirSync(folder), [`f${name}`]);
      rmSync(folder, { recursive: true });
    }));

  it('in everything that a fleet file holds: project, folders, files, programs, their words', () =>
    onEach(async (host, [one = '', two = '', three = '', four = '']) => {
      const client = { machine: 'beast', data: `/${one}`, command: ['echo', two, three] };
      const compose = { directory: `/${one}`, file: two };
      const beast = { ...base.machines['beast'], addresses: [], keep: [], compose, docker: { socket: `/${three}` } };
      const fleet = {
        ...base,
        project: four,
        machines: { ...base.machines, beast },
        clients: { c: client },
      } as unknown as Fleet;
      const deps = { fleet, hosts: { get: () => host, close: () => Promise.resolve() } } as unknown as Deps;
      const told = { signal: new AbortController().signal, tell: () => undefined, output: () => undefined };
      await composeFolder(deps, 'beast').catch(() => undefined);
      await pullSources(deps, 'beast', told).catch(() => undefined);
      await artefactOf(deps, { on: 'beast', directory: `/${one}`, artefact: two, command: [three] });
      const sync = new SyncClient(deps, { scenario: one, workflowId: two, runId: three }, 'c');
      assert.equal(await sync.script('printf %s "$1"', [four]), four);
      for (const words of [
        push(sync.cli, one),
        pullAfter(sync.cli, 0),
        pair(sync.cli, two),
        init(sync.cli, four),
        version(sync.cli),
      ])
        assert.equal((await host.exec(words)).exitCode, 0);
    }));
});
