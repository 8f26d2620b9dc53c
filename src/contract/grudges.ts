import type { FaultSpec } from './fault-spec.ts';

/** One way: what `from` sends does not reach `to`. Names of the fleet file. Pure, as Jepsen's grudges. */
export interface Edge {
  from: string;
  to: string;
}

export const bothWays = (a: string, b: string): Edge[] => [
  { from: a, to: b },
  { from: b, to: a },
];

const between = (ones: string[], others: string[]): Edge[] =>
  ones.flatMap((one) => others.filter((other) => other !== one).flatMap((other) => bothWays(one, other)));

/** `node` and the others do not see each other. */
export const isolate = (node: string, nodes: string[]): Edge[] => between([node], nodes);

/** The first half (the smaller one, of an odd number) and the second do not see each other. */
export function halves(nodes: string[]): Edge[] {
  const middle = Math.floor(nodes.length / 2);
  return between(nodes.slice(0, middle), nodes.slice(middle));
}

/** As halves, but the first node of the bigger half sees everybody. */
export function bridge(nodes: string[]): Edge[] {
  const middle = Math.floor(nodes.length / 2);
  return between(nodes.slice(0, middle), nodes.slice(middle + 1));
}

/** Everybody sees a majority, and no two the same: each sees itself and its next neighbours in a ring. @throws RangeError below 4 nodes */
export function majoritiesRing(nodes: string[]): Edge[] {
  const { length } = nodes;
  if (length < 4) throw new RangeError(`A ring of majorities has 4 nodes or more, got ${length}`);
  const reach = Math.ceil(Math.floor(length / 2) / 2);
  const pairs = nodes.flatMap((one, n) =>
    nodes.slice(n + 1).flatMap((other, m): [string, string][] => {
      const apart = Math.min(m + 1, length - (m + 1));
      return apart > reach ? [[one, other]] : [];
    }),
  );
  return pairs.flatMap(([one, other]) => bothWays(one, other));
}

/** Who can drop packets. `relays`: all of the fleet; `breaks`: whatever may be broken, by name. */
export interface Droppers {
  relays: string[];
  breaks: string[];
}

type Cut = FaultSpec & { kind: 'partition' };

/**
 * The cuts that make these edges, one for each that drops and what it drops, so that a lease is of one machine. A relay drops for
 * itself (its machine has the same address as its neighbours), else the receiver, else the sender, where they may be broken. @throws RangeError
 */
export function cutsOf(edges: Edge[], { relays, breaks }: Droppers): Cut[] {
  const dropped = edges.map(({ from, to }) => {
    const ends = [to, from].filter((end) => breaks.includes(end));
    const by = ends.find((end) => relays.includes(end)) ?? ends[0];
    if (by === undefined)
      throw new RangeError(`Neither ${from} nor ${to} can drop packets: nothing may be broken there`);
    return by === to ? { by, other: from, way: 'in' } : { by, other: to, way: 'out' };
  });
  return [...new Set(dropped.map(({ by }) => by))].flatMap((target) => {
    const others = (way: string) => [
      ...new Set(dropped.flatMap((one) => (one.by === target && one.way === way ? [one.other] : []))),
    ];
    const [ins, outs] = [others('in'), others('out')];
    const both = ins.filter((name) => outs.includes(name));
    const cuts: [Cut['direction'], string[]][] = [
      ['both', both],
      ['in', ins.filter((name) => !both.includes(name))],
      ['out', outs.filter((name) => !both.includes(name))],
    ];
    return cuts.flatMap(([direction, from]): Cut[] =>
      from.length === 0 ? [] : [{ kind: 'partition', target, from, direction }],
    );
  });
}
