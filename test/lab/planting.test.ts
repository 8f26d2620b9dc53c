import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../lab/error.ts';
import { cloneFolder } from '../../lab/paths.ts';
import { aimed, endedRelays, isPlantedIn, withBug, withoutBug } from '../../lab/planting.ts';
import { BUGS, planted } from '../../lab/standins/bugs.ts';

describe('planting bugs in a running lab', () => {
  it('aims a bug at one relay, one client or all of them', () => {
    assert.deepEqual(aimed('flips-bit', undefined), { name: 'flips-bit', at: null });
    assert.deepEqual(aimed('flips-bit', 'relays'), { name: 'flips-bit', at: null });
    assert.deepEqual(aimed('flips-bit', 'relay-2'), { name: 'flips-bit', at: 'relay-2' });
    assert.deepEqual(aimed('no-failover', 'client'), { name: 'no-failover', at: null });
    assert.deepEqual(aimed('no-failover', 'guardian'), { name: 'no-failover', at: 'guardian' });
    assert.deepEqual(aimed('logs-hex', 'relay-3'), { name: 'logs-hex', at: 'relay-3' });
  });

  for (const [bug, where, said] of [
    ['no-failover', 'relay-1', /`relay-1`: it lives in `client`, `q`, `beast`, `guardian`/],
    ['flips-bit', 'guardian', /`guardian`: it lives in `relays`, `relay-1`, `relay-2`, `relay-3`/],
    ['logs-hex', 'q', /`q`: it lives in `relays`/],
    ['flips-bit', 'relay-4', /`relay-4`/],
  ] as const) {
    it(`refuses to plant ${bug} in ${where}, where it would never be seen`, () => {
      assert.throws(
        () => aimed(bug, where),
        (error) => error instanceof LabError && error.exitCode === 2 && said.test(error.message),
      );
    });
  }

  it('keeps what is planted already, and nothing twice', () => {
    const one = withBug('empty-logs', { name: 'flips-bit', at: 'relay-1' });
    assert.equal(one, 'empty-logs,relay-1:flips-bit');
    assert.equal(withBug(one, { name: 'flips-bit', at: 'relay-1' }), one);
    assert.equal(withBug(one, { name: 'flips-bit', at: 'relay-2' }), `${one},relay-2:flips-bit`);
    assert.equal(withBug(one, { name: 'flips-bit', at: null }), 'empty-logs,flips-bit');
  });

  it('mends one bug wherever it is planted, or all of them', () => {
    const list = 'relay-1:flips-bit,empty-logs,relay-2:flips-bit';
    const { mended, left } = withoutBug(list, 'flips-bit');
    assert.deepEqual(
      mended.map(({ at }) => at),
      ['relay-1', 'relay-2'],
    );
    assert.equal(left, 'empty-logs');
    assert.deepEqual([withoutBug(list, null).mended.length, withoutBug(list, null).left], [3, '']);
    assert.deepEqual(withoutBug(list, 'reorders'), { mended: [], left: list });
  });

  it('looks only after relays that a mended bug can have ended', () => {
    assert.deepEqual(endedRelays(planted('relay-2:crashes-on-utf8,flips-bit')), [1]);
    assert.deepEqual(endedRelays(planted('crashes-on-utf8')), [0, 1, 2]);
    assert.deepEqual(endedRelays(planted('flips-bit,as-0.1.0')), []);
  });

  it('knows where a bug is planted, also as one of 0.1.0', () => {
    assert.deepEqual(isPlantedIn('as-0.1.0,relay-1:empty-logs', 'empty-logs').length, 2);
    assert.deepEqual(isPlantedIn('as-0.1.0', 'flips-bit'), []);
  });
});

describe('the bugs of the lab', () => {
  const bugs = Object.entries(BUGS);

  it('are at least 32, each with a scenario of the catalogue and what it must end in', () => {
    assert.ok(bugs.length >= 32, `${bugs.length}`);
    for (const [name, { caughtBy, what }] of bugs) {
      assert.match(caughtBy.scenario, /^(mr|cm|edge|net|conv)_0\d_[a-z0-9_]+$/, name);
      assert.match(caughtBy.as, /^[a-z-]+$/, name);
      assert.ok(what.length > 10, name);
    }
  });

  it('stand in the lab’s README, each with where it lives and what it does', () => {
    const readme = readFileSync(join(cloneFolder(), 'lab/README.md'), 'utf8');
    const rows = bugs.map(([name, bug]) => `| \`${name}\` | ${bug.in}${bug.real ? ', real' : ''} | ${bug.what} |`);
    const lacking = rows.filter((row) => !readme.includes(row));
    assert.deepEqual(lacking, []);
    assert.equal(readme.match(/^\| `[a-z0-9-]+` \| (relay|client|both)/gm)?.length, rows.length);
  });

  it('are each tried in the small lab, by their name', () => {
    const tests = ['bugs', 'relay-bugs', 'client-bugs', 'quiet-bugs'].map((name) =>
      readFileSync(join(cloneFolder(), `test/lab/standins/${name}.test.ts`), 'utf8'),
    );
    const untried = bugs.map(([name]) => name).filter((name) => !tests.some((text) => text.includes(name)));
    assert.deepEqual(untried, []);
  });
});
