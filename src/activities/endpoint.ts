import type { Steps } from '../contract/steps.ts';
import type { PullResult } from '../zerok/pull-output.ts';
import { pulledFrom } from './alone.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { relayNow } from './relays.ts';
import { SyncClient } from './sync-client.ts';

/** The relay's endpoint id now; where an old one is given, whether anybody answers there. */
export const endpoint = (deps: Deps): Steps['endpoint'] =>
  async function endpoint({ run, relay, old, client }) {
    return beating(async (signal) => {
      const { endpointId: id } = await relayNow(deps, relay);
      if (old === undefined || client === undefined) return { id, oldAnswers: false };
      return { id, oldAnswers: isAnswered(client, await pulledFrom(new SyncClient(deps, run, client), old, signal)) };
    });
  };

/** Who connects and then fails is there. @throws CommandFailed where the client did not say to its end what it met */
export function isAnswered(client: string, { kind, reason = kind }: PullResult): boolean {
  if (kind !== 'cut-short' && kind !== 'refused') return kind !== 'unreachable';
  throw failure('CommandFailed', `whether anybody answers ${client} at the old endpoint id cannot be seen: ${reason}`);
}
