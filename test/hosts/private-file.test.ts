import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
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
import { createPrivate, NotPrivateError, readPrivate, replacePrivate } from '../../src/hosts/private-file.ts';

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('a file that is ours alone', () => {
  let dir: string;
  let file: string;
  let umask: number;
  beforeEach(() => {
    umask = process.umask(0);
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-private-'));
    file = join(dir, 'made', 'key');
  });
  afterEach(() => {
    process.umask(umask);
    rmSync(dir, { recursive: true });
  });

  it('is 0600 in a folder that is 0700, whatever the umask, and leaves nothing beside it', () => {
    assert.equal(createPrivate(file, 'secret'), true);
    assert.deepEqual([modeOf(file), modeOf(join(dir, 'made'))], ['600', '700']);
    replacePrivate(file, 'newer');
    assert.equal(modeOf(file), '600');
    assert.equal(readPrivate(file).toString(), 'newer');
    assert.deepEqual(readdirSync(join(dir, 'made')), ['key']);
  });

  it('is made once: whoever comes second gets the first one', () => {
    createPrivate(file, 'first');
    assert.equal(createPrivate(file, 'second'), false);
    assert.equal(readPrivate(file).toString(), 'first');
    assert.deepEqual(readdirSync(join(dir, 'made')), ['key']);
  });

  it('is neither made nor replaced through a link that somebody planted', () => {
    const victim = join(dir, 'victim');
    writeFileSync(victim, 'theirs');
    mkdirSync(join(dir, 'made'));
    symlinkSync(victim, file);
    assert.equal(createPrivate(file, 'secret'), false);
    replacePrivate(file, 'secret');
    assert.equal(readFileSync(victim, 'utf8'), 'theirs');
  });

  for (const mode of [0o640, 0o604, 0o620, 0o666]) {
    it(`is refused with the mode ${mode.toString(8)}, and nothing of it is quoted`, () => {
      createPrivate(file, 'secret-content');
      chmodSync(file, mode);
      assert.throws(
        () => readPrivate(file),
        (error: Error) => {
          assert.ok(error instanceof NotPrivateError);
          assert.match(error.message, new RegExp(`key\` is open to others \\(mode ${mode.toString(8)}\\).*chmod 600`));
          assert.doesNotMatch(error.message, /secret-content/);
          return true;
        },
      );
    });
  }

  it('is refused where it is a folder, or a pipe, for which nobody waits', () => {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const other of [dir, pipe]) assert.throws(() => readPrivate(other), /is not a file/);
  });
});
