import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseInput } from '../../src/activities/admit.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { splitArguments } from '../../src/cli/arguments.ts';
import { inputFor } from '../../src/cli/scenario-input.ts';
import { parseBrake } from '../../src/contract/brake.ts';
import { journalOf, parseJournal } from '../../src/report/journal.ts';
import { parseKnownDefects } from '../../src/report/known-defects.ts';
import { renderResult } from '../../src/report/terminal.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { passed } from '../report/results.ts';
import { fleet } from '../workflows/fleet.ts';
import { DEADLINE_MS, fuzz, SEED } from '../zerok/fuzz-runs.ts';
import { cutUp } from '../zerok/hostile-text.ts';

const at = '2026-02-08T10:11:12.345Z';
const parts = { result: passed, input: {}, fleet: 'f', startedAt: at, endedAt: at, versions: {} };
const JOURNAL = JSON.stringify(journalOf([{ at, kind: 'note', summary: 'said' }], parts));
const PIECES = [
  '"passed"',
  '"failed"',
  'null',
  '1e999',
  '-1',
  '[]',
  '{}',
  '"__proto__":{"x":1},',
  '"\\u001b[2J"',
  '\0',
  '"',
  '}',
];

const names = fc.constantFrom(
  'messages',
  'seed',
  'leaseSeconds',
  'iterations',
  'payload',
  'fleet',
  'relay',
  'from',
  '__proto__',
  'constructor',
  'toString',
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(NaN, Infinity, 2 ** 53, '$(id)', undefined, '__proto__'),
);
const scenario = fc.constantFrom(...Object.entries(scenarios));

describe(`journals and inputs, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);

  it('a journal is read as it was written, or told to be none; what is read can be shown', () => {
    fuzz(cutUp([JOURNAL], PIECES, JOURNAL.length), (text) => {
      const read = parseJournal(text);
      if ('error' in read) return assert.ok(read.error !== '');
      const shown = renderResult(read.journal.result, { width: 80 });
      assert.doesNotMatch(shown, /[^\P{Cc}\n]/u);
    });
  });

  it('events of a run that a crash or somebody cut short cost no other event its line', () => {
    const dir = mkdtempSync(join(tmpdir(), '0k-chaos-events-'));
    try {
      const folder = new RunFolder(dir, { scenario: 's', workflowId: 'w', runId: 'r' });
      fuzz(cutUp([`${JSON.stringify({ at, kind: 'note', summary: 's' })}\n`.repeat(3)], [...PIECES, '\n']), (text) => {
        writeFileSync(folder.file('events.jsonl'), text);
        const whole = text.split('\n').filter((line) => line === JSON.stringify({ at, kind: 'note', summary: 's' }));
        assert.ok(folder.events().length >= whole.length);
        folder.record({ kind: 'note', summary: 'after the crash' });
        assert.equal(folder.events().at(-1)?.summary, 'after the crash');
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('a brake that cannot be read brakes, and a list of known defects is a list or an error', () => {
    const texts = [
      '{"fleet":"f","reason":"r","who":"w","since":"s"}',
      '- { id: duplicate, reason: r, expires: 2026-12-31 }\n',
    ];
    fuzz(cutUp(texts, [...PIECES, '&a [*a]', '<<: *a', '- ']), (text) => {
      for (const one of Object.values(parseBrake(text))) assert.equal(typeof one, 'string');
      const list = parseKnownDefects(text);
      assert.ok('error' in list ? list.error !== '' : Array.isArray(list.defects));
    });
  });

  it('an input is one that the scenario takes, or is refused in words', () => {
    fuzz(fc.tuple(scenario, fc.oneof(value, fc.dictionary(names, value))), ([[, { definition }], input]) => {
      const { options, errors } = parseInput(definition.options, input);
      if (options === undefined) return assert.ok(errors !== '');
      assert.ok(Number(options['leaseSeconds']) >= 5 && Number(options['iterations']) >= 1);
    });
  });

  it('options of a person are an input, or refused as bad input', () => {
    const pair = fc
      .tuple(names, fc.oneof(fc.string(), fc.constantFrom('1', '1e999', '0x10', '=', '')))
      .map(([key, text]) => `${key}=${text}`);
    const given = fc.record(
      {
        set: fc.array(fc.oneof(pair, fc.string()), { maxLength: 4 }),
        input: fc.oneof(fc.json(), fc.string()),
        lease: fc.oneof(fc.string(), fc.constant('30')),
      },
      { requiredKeys: [] },
    );
    fuzz(fc.tuple(scenario, given), ([[name, one], options]) => {
      try {
        assert.equal(inputFor(name, one, fleet, options).input.fleet, 'fake');
      } catch (error) {
        assert.equal((error as { kind?: string }).kind, 'BadInput', String((error as Error).stack));
      }
    });
  });

  it('words of a command line are taken apart, whatever they are', () => {
    fuzz(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('--json', '--fleet', '--', '-', 'run', '--no-color')), {
        maxLength: 6,
      }),
      (words) => {
        const { rest } = splitArguments(words);
        assert.ok(rest.length <= words.length);
      },
    );
  });
});
