import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { FLEET } from '../../src/cli/init.ts';
import { FleetError, parseFleet } from '../../src/fleet/load.ts';
import type { Fleet } from '../../src/fleet/schema.ts';
import { select } from '../../src/fleet/select.ts';
import { DEADLINE_MS, fuzz, SEED } from '../zerok/fuzz-runs.ts';
import { cutUp } from '../zerok/hostile-text.ts';

const CORPUS = new URL('../corpora/fleet/', import.meta.url);

/** @returns the fleet, or undefined where it is refused as a person's mistake is */
function read(text: string): Fleet | undefined {
  try {
    return parseFleet(text, 'fleet.yml');
  } catch (error) {
    assert.ok(error instanceof FleetError && error.kind === 'BadInput', String((error as Error).stack));
    assert.ok(error.message.startsWith('fleet.yml'), error.message);
    assert.ok(error.message.length < 200_000, `${error.message.length}`);
    assert.doesNotMatch(error.message, /\bat .*\.[jt]s:|Maximum call stack|Cannot read propert/);
    return undefined;
  }
}

const PIECES = [
  ...[
    '<<: *a',
    '&a ',
    '*a',
    '!!binary x',
    '!!js/function x',
    '? ',
    '- ',
    ': ',
    '__proto__: { x: 1 }',
    'constructor: 1',
  ],
  ...[
    'toString: {}',
    '1e999',
    '0x7fffffffffffffff',
    '.inf',
    '.nan',
    '"\\u0000"',
    '|\n',
    '>-\n',
    '\t',
    '%YAML 9.9\n',
    '---\n',
    '...\n',
  ],
  ...[
    '[[[[[[[[',
    '{{{{{{{{',
    '# ',
    'null',
    '~',
    '2026-11-22',
    '\ufeff',
    '\u2028',
    '\u001b[2J',
    'name: x\nname: y\n',
    '$(touch x)',
  ],
];
const anyKey = fc.oneof(
  fc.constantFrom(
    'name',
    'machines',
    'relays',
    'clients',
    'ssh',
    'host',
    'port',
    'docker',
    'socket',
    'local',
    'keep',
    'times',
    'data',
  ),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'q', 'beast', 'relay-1', ''),
);
const anyLeaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1e308,
    2 ** 53,
    'q',
    'beast',
    '/data',
    'http://h/health',
    '127.0.0.1',
    '-oProxyCommand=x',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    anyLeaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(anyKey, tie('tree'), { maxKeys: 5 }),
  ),
}));

describe(`a fleet file, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);

  it('that is the usual one, cut, repeated or overwritten somewhere, is read or refused in plain words', () => {
    fuzz(cutUp([FLEET], PIECES, FLEET.length), (text) => void read(text));
  });

  it('of any bytes is read or refused', () => {
    fuzz(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void read(text));
    fuzz(fc.uint8Array({ maxLength: 300 }), (bytes) => void read(Buffer.from(bytes).toString()));
  });

  it('of any structure is read or refused, and touches no prototype', () => {
    fuzz(tree, (value) => void read(stringify(value)));
    assert.equal(({} as Record<string, unknown>)['x'], undefined);
  });

  it('that is read has only names that its selectors find', () => {
    fuzz(cutUp([FLEET], PIECES, FLEET.length), (text) => {
      const fleet = read(text);
      if (fleet === undefined) return;
      for (const name of [...Object.keys(fleet.relays), ...Object.keys(fleet.clients)])
        assert.deepEqual(select(fleet, name), [name]);
      for (const name of Object.keys(fleet.machines)) assert.equal(select(fleet, `machine ${name}`).length, 1);
    });
  });
});

describe('a fleet file that was made to hurt', () => {
  for (const file of readdirSync(CORPUS))
    it(`is refused: ${file}`, () => {
      assert.equal(read(readFileSync(new URL(file, CORPUS), 'utf8')), undefined);
    });

  const bomb = Array.from(
    { length: 9 },
    (_, n) => `a${n}: &a${n} [${Array.from({ length: 9 }, () => (n === 0 ? 'x' : `*a${n - 1}`)).join(', ')}]`,
  );
  const HUGE: Record<string, string> = {
    'aliases of aliases': bomb.join('\n'),
    'a loop': 'name: &a [*a]\n',
    '20 000 lists in each other': '['.repeat(20_000),
    '15 000 mappings in each other': '{a: '.repeat(15_000),
    '300 block mappings in each other': Array.from({ length: 300 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
    '30 000 dashes': '- '.repeat(30_000),
    '7 000 unknown keys': Array.from({ length: 7_000 }, (_, n) => `k${n}: 1`).join('\n'),
    'one name a thousand times': 'name: x\n'.repeat(1_000),
    'a name of 1 MB': `name: ${'x'.repeat(1_000_000)}\n`,
    '5 000 anchors': Array.from({ length: 5_000 }, (_, n) => `- &a${n} x`).join('\n'),
  };
  for (const [what, text] of Object.entries(HUGE))
    it(`is refused in bounded time: ${what}`, () => {
      assert.equal(read(text), undefined);
    }).timeout(30_000);
});
