import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureNetem } from '../../src/activities/bite/netem.ts';
import type { Numbers } from '../../src/activities/bite/index.ts';
import { leasesOf, wayRound } from '../../src/activities/trial.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import type { FaultAsk } from '../../src/contract/steps.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

type Netem = FaultSpec & { kind: 'netem' };

const run = { scenario: 's', workflowId: 'w', runId: 'r' };
const pulls = { client: 'guardian', relays: ['relay-1', 'relay-2'] };
const spec: Netem = { kind: 'netem', target: 'guardian', toward: 'beast', direction: 'in', delayMs: 50, jitterMs: 5 };
const LOST = { 'relay-1': 'unreachable', 'relay-2': 'failed' };
const ROUND = { ...LOST, 'relay-2': 'reached', how: 'there is a way round it, by eth0 (900 bytes) of guardian' };

describe('the trial of a netem', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-trial-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));
  let faults = 0;

  /** Guardian, in a group or not; what it was told, in order. */
  function guardian({ inGroup = true } = {}) {
    const told: string[] = [];
    const says = (argv: readonly string[], { stdin }: ExecOptions) => {
      if (argv[0] === 'test') return { exitCode: inGroup ? 0 : 1 };
      told.push(/^command=(\w+)/m.exec(String(stdin))?.[1] ?? '', /^keys='?(\w+)/m.exec(String(stdin))?.[1] ?? '');
      return '{"key":"k","state":"unknown","lease":null}\n{"done":true}\n';
    };
    const deps = { ...fakeDeps({ guardian: { says } }), stateDir };
    const ask: FaultAsk = { run, id: `w/r/${(faults += 1)}`, spec, leaseSeconds: 60, token: 7 };
    const tried = (lose: (trial: FaultAsk) => Promise<Numbers>, of: FaultSpec = spec) =>
      wayRound(deps, { ...ask, spec: of }, pulls, lose);
    return { ask, told: () => told.filter((word) => word !== ''), tried };
  }
  const never = () => assert.fail('nothing is to be lost');

  it('loses what the netem selects, and nothing else, under a lease beside its own, which is healed', async () => {
    const { ask, told, tried } = guardian();
    let lost: FaultAsk | undefined;
    assert.equal(await tried((trial) => ((lost = trial), Promise.resolve(LOST))), undefined);
    const { delayMs: _, jitterMs: __, ...selection } = spec;
    assert.deepEqual(lost, { ...ask, id: `${ask.id}/trial`, spec: { ...selection, lossPercent: 100 } });
    assert.deepEqual(told(), ['heal', keyOf(`${ask.id}/trial`)]);
  });

  it('shows what goes round: that is no bite, and the way is named', async () => {
    const seen = await guardian().tried(() => Promise.resolve(ROUND));
    assert.equal(seen?.bit, false);
    assert.match(
      seen.how,
      /^a real pull from guardian still reached relay-2 while .*by eth0 \(900 bytes\) of guardian$/,
    );
  });

  it('shows nothing where the client itself was in the way', async () => {
    const seen = await guardian().tried(() => Promise.resolve({ ...LOST, 'relay-1': 'refused' }));
    assert.deepEqual(seen, { bit: false, how: 'a real pull from guardian told nothing of relay-1' });
  });

  it('is healed too where nobody waits for it any more', async () => {
    const { ask, told, tried } = guardian();
    await assert.rejects(
      tried(() => Promise.reject(new Error('cancelled'))),
      /^Error: cancelled$/,
    );
    assert.deepEqual(told(), ['heal', keyOf(`${ask.id}/trial`)]);
  });

  it('is not made again by the next attempt, when the netem may stand, but healed again', async () => {
    const { told, tried } = guardian();
    await tried(() => Promise.resolve(ROUND));
    assert.equal((await tried(never))?.bit, false);
    assert.deepEqual(
      told().filter((word) => word === 'heal'),
      ['heal', 'heal'],
    );
  });

  it('is not made where the run has nobody in a group who could pull, nor for other faults', async () => {
    const outside = guardian({ inGroup: false });
    assert.equal(await outside.tried(never), undefined);
    const cut: FaultSpec = { kind: 'partition', target: 'guardian', from: 'all', direction: 'both' };
    const inside = guardian();
    assert.equal(await inside.tried(never, cut), undefined);
    assert.deepEqual([...outside.told(), ...inside.told()], []);
  });

  it('is healed with its netem, whoever heals that by its id', () => {
    assert.deepEqual(leasesOf({ id: 'w/r/1', spec }), ['w/r/1', 'w/r/1/trial']);
    assert.deepEqual(leasesOf({ id: 'w/r/1', spec: { kind: 'container', target: 'relay-1', action: 'kill' } }), [
      'w/r/1',
    ]);
  });
});

describe('the pulls of a trial', () => {
  const deps = fakeDeps({});
  const wayOf = (more: Partial<Netem>) =>
    measureNetem(deps, run, { kind: 'netem', target: 'guardian', delayMs: 50, ...more }).way;
  const fromGuardian = { client: 'guardian', relays: ['relay-1'] };

  it('go through what is measured by pings or connections', () => {
    assert.deepEqual(wayOf({}), fromGuardian);
    assert.deepEqual(wayOf({ toward: 'beast', direction: 'in' }), fromGuardian);
    assert.deepEqual(wayOf({ target: 'relay-1' }), { client: 'q', relays: ['relay-1'] });
    assert.deepEqual(wayOf({ ports: ['tcp', 'udp'] }), fromGuardian);
  });

  it('are none where all of a named interface of a machine is lost: our own connection may leave by it', () => {
    assert.equal(wayOf({ interface: 'wlan0' }), undefined);
    assert.deepEqual(wayOf({ interface: 'wlan0', toward: 'beast' }), fromGuardian);
    assert.deepEqual(wayOf({ interface: 'eth0', target: 'relay-1' }), { client: 'q', relays: ['relay-1'] });
  });

  it('are none where what is disturbed is not 0k-sync’s, no relay is behind it, or pulls measure it anyway', () => {
    for (const more of [
      { ports: ['icmp'] },
      { ports: ['tcp/8090'] },
      { toward: 'q' },
      { toward: 'relay-1' },
      { ports: ['udp'] },
    ])
      assert.equal(wayOf(more), undefined, JSON.stringify(more));
  });
});
