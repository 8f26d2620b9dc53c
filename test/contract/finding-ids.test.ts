import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { BUGS } from '../../lab/standins/bugs.ts';
import { FINDINGS, whereToLook } from '../../src/contract/finding-ids.ts';

const root = new URL('../../', import.meta.url);
const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('finding-ids.ts'))
  .map((file) => readFileSync(new URL(`src/${file}`, root), 'utf8'))
  .join('\n');

describe('the names of what can be found wrong', () => {
  for (const [id, [means, look]] of Object.entries(FINDINGS)) {
    it(`${id} is used, explained, and listed in the docs`, () => {
      assert.ok(sources.includes(`'${id}'`), 'no code finds it');
      assert.match(means, /^[A-Z].*\.$/);
      const row = `| \`${id}\` | ${means} | ${look} |`;
      assert.ok(readFileSync(new URL('docs/VERDICTS.md', root), 'utf8').includes(row), row);
    });
  }

  it('are what the planted bugs say they are caught as', () => {
    const verdicts = ['inconclusive'];
    const unknown = Object.entries(BUGS).filter(
      ([, { caughtBy }]) => !(caughtBy.as in FINDINGS) && !verdicts.includes(caughtBy.as),
    );
    assert.deepEqual(unknown, []);
  });

  it('tell nothing of a name that is not ours', () => assert.equal(whereToLook('of-another-time'), undefined));
});

it('docs/VERDICTS.md has the table of rules as the code has it', () => {
  const code = readFileSync(new URL('src/contract/verdict.ts', root), 'utf8');
  const table = [...code.matchAll(/^ \* (\|.*\|)$/gm)].map(([, row]) => row);
  assert.ok(table.length > 9);
  assert.ok(readFileSync(new URL('docs/VERDICTS.md', root), 'utf8').includes(table.join('\n')));
});
