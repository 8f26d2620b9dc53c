import { faultWords } from '../contract/fault-words.ts';
import type { Chaos, Options, OptionSpecs } from '../contract/scenario.ts';
import type { RunContext } from './context.ts';
import * as expectations from './expectations.ts';
import * as relays from './relay-steps.ts';
import { push } from './pushes.ts';

/** The harness that scenario bodies speak: every word is one activity, and one line in the UI. */
export function createChaos<S extends OptionSpecs>(context: RunContext): Chaos<S> {
  const { faults, admitted } = context;
  return {
    options: admitted.options as Options<S>,
    ...faultWords((spec) => faults.inject(spec), admitted),
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
