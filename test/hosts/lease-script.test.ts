import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { TTL_SECONDS } from '../../src/faults/argv.ts';
import type { Check, Fault } from '../../src/faults/fault.ts';
import { armText, entryText } from '../../src/hosts/lease-script.ts';

/** A fault of nothing but the given words. */
const faultOf = (words: string[], probe: Check): Fault<null> => ({
  kind: 'test',
  params: { parse: () => null } as never,
  bearer: () => 'bearer',
  outlivesReboot: false,
  free: () => probe,
  inject: () => [words],
  heal: () => [words],
  probe: () => probe,
});
const HEADER = { id: 'a', owner: 'b', kind: 'c', target: 'd', summary: 'e', bearer: 'f', armedAt: 'g' };
const nothing: Check = { argv: ['true'], matches: '' };

/** What the shell makes of the definitions, with `step` and `look` that only show their words. */
function inShell(shell: string, text: string, call: string): string {
  const script = `step() { printf '[%s]' "$@"; }; look() { seen=$1; }; ttl=42\n${text}\n${call}`;
  const [file = '', ...words] = shell.split(' ');
  const { stdout, stderr, status } = spawnSync(file, [...words, '-c', script]);
  return status === 0 ? stdout.toString() : `${status} ${stderr.toString()}`;
}

const word = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0'));
const nasty = fc.constantFrom(
  "'",
  '"',
  '$(id)',
  '`id`',
  '\\',
  '\n',
  '*',
  '{ttl',
  ' ',
  '',
  '|',
  ')',
  ';;',
  'esac',
  '{ttl}',
);
const words = fc.array(fc.oneof(word, nasty), { minLength: 1, maxLength: 6 });

describe('words of a fault as shell text', () => {
  for (const shell of ['dash', 'busybox sh', 'bash --posix']) {
    it(`arrive as they are under ${shell}`, () => {
      fc.assert(
        fc.property(words, (argv) => {
          const expected = argv.map((each) => `[${each.replaceAll(TTL_SECONDS, '42')}]`).join('');
          assert.equal(inShell(shell, armText(faultOf(argv, nothing), null, ''), 'inject_words'), expected);
          assert.equal(inShell(shell, entryText(faultOf(argv, nothing), null, HEADER, argv), 'heal_words'), expected);
        }),
        { numRuns: 25 },
      );
    });

    it(`are looked for by patterns whose only signs are * and |, under ${shell}`, () => {
      const judge = (seen: string, matches: string): string =>
        inShell(
          shell,
          armText(faultOf([], { argv: [seen], matches }), null, ''),
          'free_words && echo yes || echo no',
        ).trim();
      assert.equal(judge('qdisc fq_codel 0: root refcnt', 'qdisc * 0: root*'), 'yes');
      assert.equal(judge('qdisc htb 10: root refcnt', 'qdisc * 0: root*'), 'no');
      assert.equal(judge('a\nb) [c] $d\ne', '*b) [c] $d*'), 'yes');
      assert.equal(judge('x', '[a-z]'), 'no');
      assert.equal(judge('x', '?'), 'no');
      assert.equal(judge('two', 'one|two'), 'yes');
      assert.equal(judge('', 'one|'), 'yes');
    });
  }
});

describe('the scripts for machines', () => {
  it('are free of what shellcheck finds', function () {
    const { status, stdout, error } = spawnSync(
      'shellcheck',
      readdirSync('src/hosts')
        .filter((name) => name.endsWith('.sh'))
        .map((name) => `src/hosts/${name}`),
    );
    if (error) return this.skip();
    assert.equal(status, 0, stdout.toString());
  });
});
