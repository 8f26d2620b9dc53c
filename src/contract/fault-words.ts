import type { FaultSpec } from './fault-spec.ts';
import { cutsOf, type Droppers } from './grudges.ts';
import type { Chaos, FaultHandle } from './scenario.ts';

/** Those of `Chaos` that answer with what they broke. */
type Words = {
  [
    Word in keyof Chaos as Chaos[Word] extends (...words: never[]) => Promise<FaultHandle | FaultHandle[]>
      ? Word
      : never
  ]: Chaos[Word];
};

/** The words by which scenarios break something, as specs for `inject`: what a run does, and what `plan` writes down. */
export function faultWords(inject: (spec: FaultSpec) => Promise<FaultHandle>, droppers: Droppers): Words {
  const container = (action: Extract<FaultSpec, { kind: 'container' }>['action']) => (target: string) =>
    inject({ kind: 'container', target, action });
  return {
    kill: (target, signal = 'SIGKILL') => inject({ kind: 'container', target, action: 'kill', signal }),
    stop: container('stop'),
    restart: container('restart'),
    pause: container('pause'),
    recreate: container('recreate'),
    rebuild: container('rebuild'),
    cutOff: (target, how = {}) => inject({ kind: 'partition', target, from: 'all', direction: 'both', ...how }),
    cut: (target, from, how = {}) => inject({ kind: 'partition', target, from, direction: 'both', ...how }),
    partition: async (edges) => Promise.all(cutsOf(edges, droppers).map(inject)),
    netem: (target, shape, where = {}) =>
      inject({ kind: 'netem', target, ...shape, ...(typeof where === 'string' ? { toward: where } : where) }),
  };
}
