import type { FaultSpec } from '../contract/fault-spec.ts';
import type { Chaos, FaultHandle, Options, OptionSpecs } from '../contract/scenario.ts';
import type { RunContext } from './context.ts';
import * as expectations from './expectations.ts';
import * as relays from './relay-steps.ts';
import { push } from './pushes.ts';

/** The harness that scenario bodies speak: every word is one activity, and one line in the UI. */
export function createChaos<S extends OptionSpecs>(context: RunContext): Chaos<S> {
  const { faults, admitted } = context;
  const container = (target: string, action: 'kill' | 'stop' | 'restart' | 'pause', signal?: string) =>
    faults.inject({ kind: 'container', target, action, ...(signal === undefined ? {} : { signal }) });
  const partition = (target: string, from: 'all' | string[]) =>
    faults.inject({ kind: 'partition', target, from, direction: 'both' });

  return {
    options: admitted.options as Options<S>,
    kill: (target, signal = 'SIGKILL') => container(target, 'kill', signal),
    stop: (target) => container(target, 'stop'),
    restart: (target) => container(target, 'restart'),
    pause: (target) => container(target, 'pause'),
    cutOff: (target) => partition(target, 'all'),
    cut: (target, from) => partition(target, from),
    netem: (target, shape, toward): Promise<FaultHandle> =>
      faults.inject({ kind: 'netem', target, ...shape, ...(toward === undefined ? {} : { toward }) } as FaultSpec),
    heal: (fault) => faults.heal(fault),
    push: (client, count = 1, options = {}) => push(context, client, count, options),
    expectPushFails: (client) => expectations.pushFails(context, client),
    expectDelivered: (messages, ...clients) => expectations.delivered(context, messages, clients),
    expectOnce: (messages, client) => expectations.once(context, messages, client),
    expectInOrder: (messages, client) => expectations.inOrder(context, messages, client),
    expectMissing: (messages, client) => expectations.missing(context, messages, client),
    expectHeldBy: (messages, ...names) => relays.heldBy(context, messages, names),
    endpointOf: (relay) => relays.endpointOf(context, relay),
    expectNewEndpoint: (relay, old) => relays.newEndpoint(context, relay, old),
    reconfigure: () => relays.reconfigure(context),
  };
}
