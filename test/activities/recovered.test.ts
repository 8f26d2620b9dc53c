import { strict as assert } from 'node:assert';
import { recovered } from '../../src/activities/bite/recovered.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';

const KILL: FaultSpec = { kind: 'container', target: 'relay-1', action: 'kill' };
const CUT: FaultSpec = { kind: 'partition', target: 'guardian', from: ['beast'], direction: 'both' };
const SLOW: FaultSpec = { kind: 'netem', target: 'guardian', delayMs: 200 };
const LOSSY: FaultSpec = { kind: 'netem', target: 'guardian', lossPercent: 30 };
const pings = { sent: 20, received: 20, duplicates: 0, lossPercent: 0, rttMs: 4 };

describe('whether all is back after a heal', () => {
  it('is when everything is as it was, within what a path varies by', () => {
    assert.equal(recovered(KILL, { status: 'running', health: 'ok' }, { status: 'running', health: 'ok' }), undefined);
    assert.equal(recovered(CUT, { 'relay-1': 'reached' }, { 'relay-1': 'reached' }), undefined);
    assert.equal(recovered(SLOW, pings, { ...pings, rttMs: 18 }), undefined);
    assert.equal(recovered(LOSSY, pings, { ...pings, received: 19, lossPercent: 5 }), undefined);
  });

  it('is not while a container is down, or its health is not what it was', () => {
    assert.match(recovered(KILL, { status: 'running' }, { status: 'exited' }) ?? '', /status was running, is exited/);
    assert.match(recovered(KILL, { health: 'ok' }, { health: 'ECONNREFUSED' }) ?? '', /ECONNREFUSED/);
  });

  it('is not while something that was reached is not, and what was not reached before does not count', () => {
    const before = { 'relay-1': 'reached', 'relay-2': 'unreachable', 'guardian → beast': true };
    assert.match(recovered(CUT, before, { ...before, 'relay-1': 'unreachable' }) ?? '', /relay-1/);
    assert.match(recovered(CUT, before, { ...before, 'guardian → beast': false }) ?? '', /guardian → beast/);
    assert.equal(recovered(CUT, before, { ...before, 'relay-2': 'failed' }), undefined);
  });

  it('is not while pings still show the effect, or are lost where none were', () => {
    assert.match(recovered(SLOW, pings, { ...pings, rttMs: 210 }) ?? '', /4 → 210 ms/);
    assert.match(
      recovered(SLOW, pings, { ...pings, received: 0, lossPercent: 100, rttMs: null as never }) ?? '',
      /100/,
    );
    assert.match(recovered(LOSSY, pings, { ...pings, received: 14, lossPercent: 30 }) ?? '', /loss 0 → 30 %/);
  });

  it('is not while real pulls take several times as long', () => {
    const before = { 'relay-1': 'reached', pullMs: 900 };
    const udp: FaultSpec = { ...SLOW, ports: ['udp'] } as FaultSpec;
    assert.equal(recovered(udp, before, { ...before, pullMs: 1800 }), undefined);
    assert.match(recovered(udp, before, { ...before, pullMs: 4000 }) ?? '', /4000 ms/);
  });
});
