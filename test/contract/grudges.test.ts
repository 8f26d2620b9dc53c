import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { bothWays, bridge, cutsOf, halves, isolate, majoritiesRing, type Edge } from '../../src/contract/grudges.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'];
/** Whom a node still hears. */
const hears = (node: string, edges: Edge[], nodes = NODES): string[] =>
  nodes.filter((other) => other === node || !edges.some(({ from, to }) => from === other && to === node));

describe('grudges', () => {
  it('isolate one from all others, both ways', () => {
    const edges = isolate('b', NODES);
    assert.deepEqual(hears('b', edges), ['b']);
    assert.deepEqual(hears('a', edges), ['a', 'c', 'd', 'e']);
  });

  it('split into halves that do not hear each other', () => {
    const edges = halves(NODES);
    assert.deepEqual(hears('a', edges), ['a', 'b']);
    assert.deepEqual(hears('e', edges), ['c', 'd', 'e']);
  });

  it('leave one bridge between the halves', () => {
    const edges = bridge(NODES);
    assert.deepEqual(hears('c', edges), NODES);
    assert.deepEqual(hears('a', edges), ['a', 'b', 'c']);
    assert.deepEqual(hears('e', edges), ['c', 'd', 'e']);
  });

  it('give everybody in a ring a majority, and no two the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 12 }), (count) => {
        const nodes = Array.from({ length: count }, (_, n) => `n${n}`);
        const edges = majoritiesRing(nodes);
        const heard = nodes.map((node) => hears(node, edges, nodes));
        assert.ok(heard.every(({ length }) => length > count / 2 && length < count));
        assert.equal(new Set(heard.map(String)).size, count);
      }),
    );
    assert.throws(() => majoritiesRing(['a', 'b', 'c']), RangeError);
  });

  const where = { relays: ['relay-1', 'relay-2'], breaks: ['beast', 'guardian', 'relay-1', 'relay-2'] };

  it('become one cut for each that drops: the relay, else the receiver, else the sender', () => {
    const edges = [
      ...bothWays('relay-1', 'guardian'),
      { from: 'guardian', to: 'beast' },
      { from: 'beast', to: 'q' },
      { from: 'q', to: 'beast' },
    ];
    assert.deepEqual(cutsOf(edges, where), [
      { kind: 'partition', target: 'relay-1', from: ['guardian'], direction: 'both' },
      { kind: 'partition', target: 'beast', from: ['q'], direction: 'both' },
      { kind: 'partition', target: 'beast', from: ['guardian'], direction: 'in' },
    ]);
  });

  it('are refused where neither end can drop', () => {
    assert.throws(() => cutsOf([{ from: 'q', to: 'mac' }], where), /Neither q nor mac/);
  });

  it('are made by the cuts, every edge and no other', () => {
    const names = ['beast', 'guardian', 'relay-1', 'relay-2'];
    const edge = fc.constantFrom(
      ...names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to }))),
    );
    fc.assert(
      fc.property(fc.uniqueArray(edge, { selector: ({ from, to }) => `${from} ${to}`, minLength: 1 }), (edges) => {
        const made = cutsOf(edges, where).flatMap(({ target, from, direction }) =>
          (from as string[]).flatMap((other) => [
            ...(direction === 'out' ? [] : [`${other} ${target}`]),
            ...(direction === 'in' ? [] : [`${target} ${other}`]),
          ]),
        );
        assert.deepEqual(made.toSorted(), edges.map(({ from, to }) => `${from} ${to}`).toSorted());
      }),
    );
  });
});
