import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunFolder } from '../../src/activities/journal.ts';
import { suiteFolder } from '../../src/activities/suite-conclude.ts';
import { appendKnownHost } from '../../src/hosts/host-keys.ts';
import { appendPrivate, NotPrivateError, privateFolder, replacePrivate } from '../../src/hosts/private-file.ts';

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const RUN = { scenario: 'mr_01', workflowId: 'w', runId: 'r' };

describe('our folders', () => {
  let dir: string;
  let umask: number;
  beforeEach(() => {
    umask = process.umask();
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-folders-'));
  });
  afterEach(() => {
    process.umask(umask);
    rmSync(dir, { recursive: true });
  });

  for (const mask of [0, 0o002, 0o022, 0o077]) {
    it(`are 0700 and their files 0600 under the umask ${mask.toString(8)}, a run's and known_hosts too`, async () => {
      process.umask(mask);
      const state = join(dir, 'state');
      // As everybody makes a folder that is to be found by others.
      spawnSync('install', ['-d', '-m', '755', state]);
      const folder = new RunFolder(state, RUN);
      folder.record({ kind: 'note', summary: 'said' });
      folder.write('metrics/relay-1.txt', 'x');
      appendKnownHost(join(state, 'known_hosts'), 'beast', Buffer.from('\0\0\0\x03ssh'));
      const files = readdirSync(state, { recursive: true, withFileTypes: true });
      for (const file of files)
        assert.equal(modeOf(join(file.parentPath, file.name)), file.isDirectory() ? '700' : '600', file.name);
      assert.equal(modeOf(state), '700');
      assert.deepEqual(
        files
          .filter((file) => file.isFile())
          .map(({ name }) => name)
          .toSorted(),
        ['events.jsonl', 'known_hosts', 'relay-1.txt'],
      );
    });
  }

  it('are closed in a place where others keep things, and that is not', () => {
    chmodSync(dir, 0o1777);
    writeFileSync(join(dir, 'of-others'), '');
    const folder = new RunFolder(dir, RUN);
    assert.deepEqual(
      [dir, join(dir, 'runs'), folder.dir].map((made) => (statSync(made).mode & 0o7777).toString(8)),
      ['1777', '700', '700'],
    );
  });

  it('follow no link that somebody planted in them', () => {
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'theirs');
    const folder = new RunFolder(join(dir, 'state'), RUN);
    for (const name of ['events.jsonl', 'journal.json', 'journal.json.tmp']) symlinkSync(victim, folder.file(name));
    assert.throws(() => folder.record({ kind: 'note', summary: 'said' }), /ELOOP/);
    folder.write('journal.json', 'ours');
    assert.equal(folder.read('journal.json'), 'ours');
    assert.equal(readFileSync(victim, 'utf8'), 'theirs');
  });

  it('are not waited for where somebody planted a pipe', () => {
    const pipe = join(dir, 'pipe');
    spawnSync('mkfifo', [pipe]);
    assert.throws(() => appendPrivate(pipe, 'x'), /ENXIO/);
  });

  it('leave nothing behind of a file that could not be written', () => {
    mkdirSync(join(dir, 'in-the-way'));
    assert.throws(() => replacePrivate(join(dir, 'in-the-way'), { length: 1 } as unknown as string));
    assert.deepEqual(readdirSync(dir), ['in-the-way']);
  });

  it('are refused where they belong to somebody else, who could plant what we run', function () {
    if (process.getuid?.() !== 0) return;
    const theirs = join(dir, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, 12_345, 12_345);
    chmodSync(theirs, 0o777);
    assert.throws(
      () => privateFolder(theirs),
      (error: Error) =>
        error instanceof NotPrivateError && /belongs to user 12345.*name another folder/.test(error.message),
    );
  });

  it('are named for a suite whatever its id holds, and never lead out', () => {
    for (const id of ['../../etc', '..', '/etc/passwd', 'a\0b', '$(id)', 'x'.repeat(1000), 'é'.repeat(1000)]) {
      const folder = suiteFolder(dir, id);
      assert.match(folder.slice(dir.length), /^\/suites\/[\w:-][\w.:-]{0,199}$/);
      mkdirSync(folder, { recursive: true });
    }
    assert.notEqual(suiteFolder(dir, 'x'.repeat(999)), suiteFolder(dir, 'x'.repeat(1000)));
  });
});
