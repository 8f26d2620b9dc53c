import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { packages, page, PAGE } from '../../scripts/dependencies.ts';

/** Permissive: they ask for a notice at most. */
const ALLOWED = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Unlicense',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
];

describe('the packages of production', () => {
  const all = packages();

  it('are listed in docs/DEPENDENCIES.md as package-lock.json pins them', () => {
    assert.equal(readFileSync(PAGE, 'utf8'), page(all), 'say `npx tsx scripts/dependencies.ts`');
    assert.ok(all.some(({ name }) => name === 'ssh2'));
    assert.ok(!all.some(({ name }) => name === 'mocha'));
  });

  it('have a licence that lets us use them, each', () => {
    const others = all.filter(({ licence }) => !licence.split(' AND ').every((one) => ALLOWED.includes(one)));
    assert.deepEqual(
      others.map(({ name, licence }) => [name, licence]),
      [],
    );
  });

  it('are pinned: an exact version and a checksum, each; ours by exact versions too', () => {
    assert.deepEqual(
      all.filter(({ version, integrity }) => !/^\d+\.\d+\.\d+/.test(version) || !integrity),
      [],
    );
    const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    for (const [name, range] of Object.entries({ ...own['dependencies'], ...own['devDependencies'] }))
      assert.match(range, /^\d+\.\d+\.\d+$/, name);
  });
});
