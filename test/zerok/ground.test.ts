import { strict as assert } from 'node:assert';
import {
  clientProblem,
  groupsDiffer,
  reachProblem,
  relayHealthProblem,
  relayLogProblem,
  versionOf,
} from '../../src/zerok/ground.ts';
import { parseHealth } from '../../src/zerok/health.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import * as samples from './samples.ts';

const printed = (stdout: string, stderr = '') => ({ stdout, stderr });

describe('ground checks', () => {
  it('accept the version that is known, and no other', () => {
    assert.equal(versionOf('sync-cli 0.1.0\n'), '0.1.0');
    assert.equal(clientProblem('guardian', '/tmp/sync-cli-arm', printed('sync-cli 0.1.0\n')), undefined);
    assert.match(
      clientProblem('guardian', 'x', printed('sync-cli 0.2.0-rc.1\n'))?.problem ?? '',
      /guardian: sync-cli is 0\.2\.0-rc\.1/,
    );
  });

  it('name a missing program, its command and the setting', () => {
    const found = clientProblem('guardian', '/tmp/sync-cli-arm', printed('', 'sh: 1: /tmp/sync-cli-arm: not found\n'));
    assert.match(found?.problem ?? '', /guardian: `\/tmp\/sync-cli-arm --version` printed `sh: 1:/);
    assert.match(found?.fix ?? '', /`command` of the client in the fleet file/);
    assert.match(clientProblem('q', 'x', printed(''))?.problem ?? '', /printed nothing$/);
  });

  it('name who is in which group, without the whole ids, and how to repair it', () => {
    assert.equal(groupsDiffer({ q: 'A'.repeat(43), beast: 'A'.repeat(43) }), undefined);
    const found = groupsDiffer({ q: 'A'.repeat(43), beast: 'A'.repeat(43), guardian: 'B'.repeat(43) });
    assert.match(found?.problem ?? '', /q, beast in `AAAAAAAA…`; guardian in `BBBBBBBB…`/);
    assert.match(found?.fix ?? '', /group_secret_hex/);
  });

  it('tell a relay without an id from one that logs nothing of its own', () => {
    assert.match(relayLogProblem('relay-2', '')?.problem ?? '', /relay-2 has not logged its endpoint id/);
    assert.match(relayLogProblem('relay-2', samples.silentRelayLog(samples.PEER))?.fix ?? '', /zerok_sync_relay=debug/);
    assert.equal(relayLogProblem('relay-2', samples.relayLog(samples.PEER)), undefined);
  });

  it('tell a silent address from one where something else answers', () => {
    const url = 'http://192.0.2.1:8090/health';
    assert.match(relayHealthProblem('relay-1', url, undefined)?.problem ?? '', /nothing answers at http/);
    assert.match(
      relayHealthProblem('relay-1', url, parseHealth('<html>'))?.problem ?? '',
      /not as a relay does: not JSON/,
    );
    assert.equal(relayHealthProblem('relay-1', url, parseHealth(samples.health)), undefined);
    const newer = parseHealth(samples.health.replace('0.1.0', '0.2.0'));
    assert.match(relayHealthProblem('relay-1', url, newer)?.problem ?? '', /relay-1 is version 0\.2\.0/);
  });

  it('take an empty pull for a client that reaches its relay, and a failed one for what it is', () => {
    assert.equal(reachProblem('q', 'relay-1', parsePull(printed(samples.pulledNothing))), undefined);
    const unknown = reachProblem('q', 'relay-1', parsePull(printed(samples.pullBegun, samples.unknownId)));
    assert.match(unknown?.problem ?? '', /^q does not reach relay-1: .*No addressing information available/);
    assert.match(unknown?.fix ?? '', /newest endpoint id/);
    assert.match(reachProblem('q', 'relay-1', parsePull(printed('')))?.problem ?? '', /printed nothing/);
  });
});
