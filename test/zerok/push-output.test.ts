import { strict as assert } from 'node:assert';
import { parsePush } from '../../src/zerok/push-output.ts';
import { survives } from './hostile-text.ts';
import * as samples from './samples.ts';

const parse = (stdout: string, stderr = '') => parsePush({ stdout, stderr });

describe('parsePush', () => {
  it('reads everything of an acknowledged push', () => {
    assert.deepEqual(parse(samples.pushAcknowledged), {
      outcome: 'acknowledged',
      mayBeStored: true,
      peer: samples.PEER,
      ourEndpointId: samples.OURS,
      blobId: samples.BLOB,
      cursor: 1,
      fanOut: 2,
    });
  });

  it('takes a push with one relay, and with Windows line ends, for acknowledged too', () => {
    const alone = samples.pushAcknowledged.replace(/ {2}Fan-out.*\n/, '');
    assert.equal(parse(alone).outcome, 'acknowledged');
    assert.equal(parse(alone).fanOut, undefined);
    assert.equal(parse(alone.replaceAll('\n', '\r\n')).blobId, samples.BLOB);
  });

  it('takes the acknowledgement at its word when the client died right after', () => {
    const cut = samples.pushAcknowledged.slice(0, samples.pushAcknowledged.indexOf('\n\n  Blob'));
    assert.equal(parse(cut).outcome, 'acknowledged');
  });

  it('takes `Push queued` for refused, and for possibly stored as fan-out runs after it', () => {
    const push = parse(samples.pushQueued);
    assert.equal(push.outcome, 'refused');
    assert.equal(push.mayBeStored, true);
    assert.equal(push.reason, 'Push queued (offline mode): all relays failed:');
  });

  it('takes a push that reached nobody for refused and not stored, with what each relay answered', () => {
    const push = parse(samples.pushBegun, samples.nobodyReachable);
    assert.equal(push.outcome, 'refused');
    assert.equal(push.mayBeStored, false);
    assert.match(
      push.reason ?? '',
      /^Error: Failed to connect to relay; a1a1a1a1…: connection failed: connection timeout; c3/,
    );
  });

  it('takes a connection that failed at once for not stored as well', () => {
    const push = parse(samples.pushBegun, 'Error: Failed to connect to relay\n');
    assert.deepEqual([push.outcome, push.mayBeStored], ['refused', false]);
  });

  it('says nothing of a push by a client that is not paired, but that nothing was stored', () => {
    const push = parse('', samples.notPaired);
    assert.deepEqual([push.outcome, push.mayBeStored], ['indeterminate', false]);
  });

  it('takes an unknown error after the connection for possibly stored', () => {
    const push = parse(samples.pushBegun, 'Error: stream closed\n');
    assert.deepEqual([push.outcome, push.mayBeStored], ['refused', true]);
  });

  it('takes every beginning of an acknowledged push without its acknowledgement for indeterminate', () => {
    const until = samples.pushAcknowledged.indexOf('Push successful!');
    for (let length = 0; length <= until; length++) {
      const push = parse(samples.pushAcknowledged.slice(0, length));
      assert.deepEqual([push.outcome, push.mayBeStored], ['indeterminate', true], `after ${length} characters`);
    }
  });

  it('says of an empty output that nothing was printed', () => {
    assert.equal(parse('').reason, 'printed nothing');
  });

  it('takes a program that is not there for indeterminate, but for nothing stored', () => {
    const push = parse('', 'sh: 1: sync-cli: not found\n');
    assert.deepEqual([push.outcome, push.mayBeStored], ['indeterminate', false]);
  });

  it('is not taken in by the words inside another line', () => {
    assert.equal(parse(`${samples.pushBegun}warning: no "Push successful!" yet\n`).outcome, 'indeterminate');
    assert.equal(parse(`${samples.pushBegun}retrying after: Push successful!\n`).outcome, 'indeterminate');
  });

  it('survives any text on either stream', () => {
    survives((text) => parse(text));
    survives((text) => parse(samples.pushBegun, text));
  });
});
