import { strict as assert } from 'node:assert';
import { endpointIdOf } from '../../src/zerok/endpoint-id.ts';
import { survives } from './hostile-text.ts';
import { OTHER, PEER, relayLog, silentRelayLog } from './samples.ts';

describe('endpointIdOf', () => {
  it('reads the id, with and without the relay’s own coloured lines', () => {
    assert.equal(endpointIdOf(relayLog(PEER)), PEER);
    assert.equal(endpointIdOf(silentRelayLog(PEER)), PEER);
  });

  it('takes the last of several starts', () => {
    assert.equal(endpointIdOf(relayLog(PEER) + silentRelayLog(OTHER)), OTHER);
  });

  it('knows no id before the relay has said one, nor when it has started again and not said the new one', () => {
    assert.equal(endpointIdOf(''), undefined);
    assert.equal(endpointIdOf('\n=== sync-relay running ===\n'), undefined);
    assert.equal(
      endpointIdOf(`${silentRelayLog(PEER)}\n=== sync-relay running ===\nEndpoint ID: ${OTHER.slice(1)}`),
      undefined,
    );
  });

  it('reads what `docker compose logs` puts its prefix before', () => {
    const log = silentRelayLog(PEER).replace(/^/gm, 'relay-1-1  | ');
    assert.equal(endpointIdOf(log), PEER);
  });

  it('is not taken in by the ids of clients or by longer words', () => {
    const lines = `INFO connection from ${OTHER}\nEndpoint ID: ${OTHER}00\nOur-Endpoint ID: ${OTHER}\n`;
    assert.equal(endpointIdOf(silentRelayLog(PEER) + lines), PEER);
  });

  it('survives any text', () => survives(endpointIdOf));
});
