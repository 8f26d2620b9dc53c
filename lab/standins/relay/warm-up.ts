import { randomBytes, randomUUID } from 'node:crypto';
import { accept, openTo } from '../wire/handshake.ts';
import { type Identity, newIdentity } from '../wire/identity.ts';
import { decodeMessage, encodeMessage } from '../wire/message.ts';
import { seal, unseal } from '../wire/packet.ts';
import { onEnvChange } from './announce.ts';
import type { Store } from './store.ts';

/** ms after the start, or after a restored machine was told of its lab. */
const LATER = 100;

/**
 * Goes through what the first client will ask for, and leaves nothing behind. An emulated machine translates code when
 * it first runs, also after each restore: without this the first push takes seconds where the next ones take 0.1.
 */
export function keepWarm(me: Identity, store: Store): void {
  const soon = (): void => void setTimeout(() => rehearse(me, store), LATER);
  soon();
  onEnvChange(soon);
}

function rehearse(me: Identity, store: Store): void {
  const opening = openTo(me.id, newIdentity());
  const accepted = accept(opening.datagram, me);
  const keys = accepted === null ? null : opening.finish(accepted.datagram);
  const payload = randomBytes(64);
  if (keys !== null) {
    unseal(keys.toRelay, seal(keys.toRelay, opening.connectionId, 0, [{ kind: 'stream', offset: 0, data: payload }]));
  }
  decodeMessage(encodeMessage({ kind: 'push', blobId: randomUUID(), payload }));
  store.rehearse(payload);
}
