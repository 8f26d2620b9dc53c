import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { globMatches } from '../../src/contract/glob.ts';
import type { KnownDefect } from '../../src/contract/known-defects.ts';
import { classify, parseKnownDefects } from '../../src/report/known-defects.ts';

const TODAY = '2026-02-08';
const finding = (id: string) => ({ id, message: 'm', count: 1 });
const entry = (id: string, more: Partial<KnownDefect> = {}): KnownDefect => ({
  ...{ id, reason: 'r', expires: '2026-12-31', ...more },
});
const failed = (...ids: string[]) => ({
  ...{ scenario: 'mr_01_x', verdict: 'failed' as const, failures: ids.map(finding), findings: [] },
});

describe('a known defect', () => {
  it('makes a failure known when all of its failures are listed', () => {
    assert.equal(classify(failed('duplicate'), [entry('duplicate')], TODAY).known, true);
    assert.equal(classify(failed('duplicate', 'lost'), [entry('duplicate')], TODAY).known, false);
    assert.equal(classify(failed('duplicate', 'lost'), [entry('duplicate'), entry('lo*')], TODAY).known, true);
  });

  it('counts up to its last day, and no longer', () => {
    assert.equal(classify(failed('lost'), [entry('lost', { expires: TODAY })], TODAY).known, true);
    const over = classify(failed('lost'), [entry('lost', { expires: '2026-02-07' })], TODAY);
    assert.equal(over.known, false);
    assert.equal(over.expired.length, 1);
  });

  it('speaks of its scenarios only', () => {
    assert.equal(classify(failed('lost'), [entry('lost', { scenarios: ['edge_*'] })], TODAY).known, false);
    assert.equal(classify(failed('lost'), [entry('lost', { scenarios: ['edge_*', 'mr_*'] })], TODAY).known, true);
  });

  it('never makes anything but a failure with a name known', () => {
    const all = [entry('*')];
    assert.equal(classify(failed(), all, TODAY).known, false);
    for (const verdict of ['passed', 'inconclusive'] as const) {
      assert.equal(classify({ ...failed('lost'), verdict }, all, TODAY).known, false);
    }
  });

  it('is seen in a finding of a run that passed, which stays passed', () => {
    const run = { scenario: 's', verdict: 'passed' as const, failures: [], findings: [finding('empty-log')] };
    const { known, seen } = classify(run, [entry('empty-log'), entry('duplicate')], TODAY);
    assert.equal(known, false);
    assert.deepEqual(
      seen.map(({ id }) => id),
      ['empty-log'],
    );
  });
});

describe('a list of known defects', () => {
  const problem = (text: string): string => {
    const read = parseKnownDefects(text);
    return 'error' in read ? read.error : '';
  };

  it('names what is wrong in it', () => {
    assert.match(problem('- {id: lost, reason: r}'), /expires/);
    assert.match(problem('- {id: lost, reason: r, expires: soon}'), /2026-12-31/);
    assert.match(problem('- {id: lost, reason: r, expires: 2026-12-31, until: never}'), /until/);
    assert.match(problem('- {id: "a b", reason: r, expires: 2026-12-31}'), /id of a finding/);
    assert.match(problem('- {id: lost, reason: r, expires: 2026-12-31, scenarios: []}'), /scenarios/);
    assert.match(problem('{id: lost}'), /array/);
    assert.match(problem('- ['), /not YAML/);
    assert.match(problem('- {id: lost, reason: !what r, expires: 2026-12-31}'), /not YAML: .*!what/);
  });

  it('may be empty', () => assert.deepEqual(parseKnownDefects('# none\n'), { defects: [] }));

  it('is never the end of the tool', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseKnownDefects(text)));
  });

  it('ships as an example that is valid and has the defects of 0.1.0', () => {
    const read = parseKnownDefects(readFileSync('docs/known-defects.example.yml', 'utf8'));
    assert.ok('defects' in read, JSON.stringify(read));
    assert.deepEqual(read.defects.map(({ id }) => id).toSorted(), [
      'duplicate',
      'empty-log',
      'errors-not-counted',
      'groups-differ',
      'large-pull',
      'plain-pull-misses',
    ]);
  });
});

describe('a glob', () => {
  it('stands for itself but for its stars', () => {
    const cases: [string, string, boolean][] = [
      ['mr_*', 'mr_01', true],
      ['mr_*', 'amr_01', false],
      ['*', '', true],
      ['a*b*c', 'a-b-b-c', true],
      ['a*a', 'a', false],
      ['*failover', 'mr_01_failover', true],
      ['mr.01', 'mr_01', false],
      ['lost', 'lost', true],
    ];
    for (const [glob, name, matches] of cases) assert.equal(globMatches(glob, name), matches, `${glob} ${name}`);
  });
});
