import { strict as assert } from 'node:assert';
import { BOUNDARY_NAMES, DEATH_NAMES, FAULT_NAMES, nameOf, type Cell } from './axes.ts';
import { boundFor, leaseFor } from './bounds.ts';
import { ALL_CELLS, chosen, machinesFor, POSSIBLE, whyNot } from './cells.ts';
import { cover, partsOf } from './cover.ts';
import { SAMPLE } from './sample.ts';
import { readWords } from './words.ts';

const valuesIn = (cells: Cell[]): Set<string> => new Set(cells.flatMap((cell) => partsOf(cell).values));
const EVERY_VALUE = new Set<string>([...FAULT_NAMES, ...BOUNDARY_NAMES, ...DEATH_NAMES]);

describe('the cells of the kill matrix', () => {
  it('are every fault at every boundary with every death, each once', () => {
    assert.equal(ALL_CELLS.length, FAULT_NAMES.length * BOUNDARY_NAMES.length * DEATH_NAMES.length);
    assert.equal(new Set(ALL_CELLS.map(nameOf)).size, ALL_CELLS.length);
    assert.deepEqual(valuesIn(POSSIBLE), EVERY_VALUE);
  });

  it('that cannot exist have a reason each, and are few', () => {
    const none = ALL_CELLS.filter((cell) => whyNot(cell) !== undefined);
    assert.equal(none.length + POSSIBLE.length, ALL_CELLS.length);
    assert.ok(none.length < ALL_CELLS.length / 8, `${none.length} of ${ALL_CELLS.length}`);
    const reason = (fault: Cell['fault'], boundary: Cell['boundary'], death: Cell['death']) =>
      whyNot({ fault, boundary, death });
    assert.match(String(reason('netem ingress', 'holding', 'dockerd restarted')), /no Docker engine/);
    assert.match(String(reason('partition with control', 'renewing', 'cancelled')), /reaches the machine/);
    assert.match(String(reason('partition with control', 'holding', 'ssh reset')), /cut that connection itself/);
    assert.equal(reason('partition with control', 'armed', 'ssh reset'), undefined);
    assert.equal(reason('netem in a container', 'holding', 'dockerd restarted'), undefined);
  });

  it('are chosen by globs on each axis, and a word that chooses nothing is refused', () => {
    const some = chosen(POSSIBLE, { only: ['netem*'], deaths: ['reset', 'worker*'], boundaries: ['armed'] });
    assert.equal(some.length, 4 * 4);
    assert.throws(
      () => chosen(POSSIBLE, { deaths: ['plague'] }),
      /no death is like `plague`; there are worker killed,/,
    );
    assert.throws(() => readWords(['--only', 'netem*']), /no such cell on containers/);
    assert.throws(() => readWords(['--sample', 'few']), /--sample is a whole number, not `few`/);
    assert.throws(() => readWords(['--machines', 'toasters']), /toasters/);
  });

  it('go to containers, but for netem', () => {
    assert.deepEqual(
      new Set(POSSIBLE.filter((cell) => machinesFor(cell) === 'vm').map(({ fault }) => fault)),
      new Set(FAULT_NAMES.filter((fault) => fault.startsWith('netem'))),
    );
  });
});

describe('a cover of the matrix', () => {
  it('shows every value of every axis with 40 cells, and most pairs that so few can show', () => {
    for (let seed = 0; seed < 5; seed += 1) {
      const cells = cover(POSSIBLE, 40, seed);
      assert.deepEqual(valuesIn(cells), EVERY_VALUE);
      assert.ok(new Set(cells.flatMap((cell) => partsOf(cell).pairs)).size > 40 * 2.8);
    }
  });

  it('is the same for the same seed, another one for another, and never has a cell twice', () => {
    const names = (seed: number): string[] => cover(POSSIBLE, 40, seed).map(nameOf);
    assert.deepEqual(names(3), names(3));
    assert.notDeepEqual(names(3), names(4));
    assert.equal(new Set(names(3)).size, 40);
    assert.equal(cover(POSSIBLE.slice(0, 3), 40, 1).length, 3);
  });

  it('is what `npm test` runs: 40 cells, with every row and column of every axis', () => {
    assert.equal(new Set(SAMPLE.map(nameOf)).size, 40);
    assert.deepEqual(valuesIn(SAMPLE), EVERY_VALUE);
    assert.ok(SAMPLE.every((cell) => whyNot(cell) === undefined));
  });
});

describe('the bounds of the kill matrix', () => {
  it('gives what has cut control itself until its lease ends, as nobody else gets there', () => {
    const cell = { fault: 'partition with control', boundary: 'holding', death: 'terminated by hand' } as const;
    assert.ok(boundFor(cell, 'containers', 0) > leaseFor(cell));
    assert.ok(boundFor({ ...cell, fault: 'partition both ways' }, 'containers', 0) < leaseFor(cell));
  });
});
