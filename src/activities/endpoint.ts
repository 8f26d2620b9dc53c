import type { Steps } from '../contract/steps.ts';
import { pulledFrom } from './alone.ts';
import type { Deps } from './deps.ts';
import { beating } from './heartbeat.ts';
import { relayNow } from './relays.ts';
import { SyncClient } from './sync-client.ts';

/** The relay's endpoint id now; where an old one is given, whether anybody answers there. */
export const endpoint = (deps: Deps): Steps['endpoint'] =>
  async function endpoint({ run, relay, old, client }) {
    return beating(async (signal) => {
      const { endpointId: id } = await relayNow(deps, relay);
      if (old === undefined || client === undefined) return { id, oldAnswers: false };
      const { kind } = await pulledFrom(new SyncClient(deps, run, client), old, signal);
      return { id, oldAnswers: kind === 'rows' || kind === 'none' };
    });
  };
