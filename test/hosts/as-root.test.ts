import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT_SHELL, rootExec, rootScript } from '../../src/hosts/as-root.ts';
import type { Host } from '../../src/hosts/host.ts';
import { localExec } from '../../src/hosts/local-exec.ts';
import { asText } from '../../src/hosts/follow.ts';
import { SHELLS } from './shells.ts';

const SRC = new URL('../../src/', import.meta.url).pathname;
const NASTY = ['', "it's", '$(id)', '`id`', '-n', 'two\nlines', '*', '\\', 'é'];

/** This machine, whose root has `shell` for its sh. */
function rootedBy(shell: string[]): Host {
  const exec: Host['exec'] = async ([, ...rest], options = {}) =>
    asText(await localExec('here', [...shell, ...rest], options, process.env));
  return { ...({} as Host), name: 'here', asRoot: () => Promise.resolve([]), exec };
}

describe('what is done as root', () => {
  for (const shell of SHELLS) {
    it(`reaches ${shell.join(' ')} on standard input, with every word as it was given`, async () => {
      const host = rootedBy(shell);
      const { stdout } = await rootScript(host, `printf '%s\\0' "$@"; exit 3`, NASTY);
      assert.deepEqual(stdout.split('\0').slice(0, -1), NASTY);

      const { stdout: alone, exitCode } = await rootExec(host, ['printf', '%s,', ...NASTY]);
      assert.deepEqual([alone, exitCode], [`${NASTY.join(',')},`, 0]);
      assert.equal((await rootExec(host, ['sh', '-c', 'exit 7'])).exitCode, 7);
    });
  }

  it('goes through one file, and asks sudo for nothing but a shell', () => {
    const users = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && /\.asRoot\(\)\)/.test(readFileSync(join(SRC, file), 'utf8')))
      .toSorted();
    assert.deepEqual(users, ['hosts/as-root.ts']);
    assert.deepEqual(ROOT_SHELL, ['sh', '-s']);
  });

  it('is what docs/sudoers grants, word for word', () => {
    const lines = readFileSync(join(SRC, '../docs/sudoers'), 'utf8').split('\n');
    assert.deepEqual(
      lines.filter((line) => line !== '' && !line.startsWith('#')),
      ['jamesb ALL=(root) NOPASSWD: /usr/bin/sh -s, /bin/sh -s'],
    );
  });
});
