import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { admit } from '../../src/activities/admit.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { observeGuard, guardLook } from '../../src/activities/guard-look.ts';
import { guarded } from '../../src/activities/guards.ts';
import { injectByHand, handRun } from '../../src/activities/by-hand.ts';
import { watchGuards } from '../../src/activities/watch-guards.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import { guardsSchema, type AbortWhen } from '../../src/fleet/guards.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { HostError } from '../../src/hosts/host.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { fakeDeps, type Answer, type FakeMachine } from './ground/fake-fleet.ts';

const RUN = { scenario: 's', workflowId: 'w', runId: 'r' };
const CUT: FaultSpec = { kind: 'partition', target: 'guardian', from: 'all', direction: 'both' };

describe('the guards of the fleet', () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), '0k-guards-'));
  let page: { status: number; text: string };
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((_, response) => void response.writeHead(page.status).end(page.text));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(() => {
    page = { status: 200, text: 'fine\n' };
  });
  after(() => {
    server.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  /** `leases`: ids in the ledger of guardian. */
  function deps(guards: object, leases: string[] = [], says?: () => Answer, heals: string[] = []): Deps {
    const lease = (id: string) => ({
      ...{ key: 'k', state: 'leased', seconds: 9, thisBoot: true, note: '', tries: 0, since: null },
      lease: { id, owner: 'o', kind: 'netem', target: 'guardian', summary: `fault ${id}`, bearer: 'b', armedAt: '' },
    });
    const answer = (asked: string, ids: string[]): string => {
      const heal = asked.includes('\ncommand=heal\n');
      if (heal) heals.push(asked);
      return [...(heal ? [] : ids.map((id) => JSON.stringify(lease(id)))), '{"done":true}', ''].join('\n');
    };
    const ledger = (ids: string[]): FakeMachine => ({
      says: (_, { stdin }: ExecOptions) => (stdin === undefined ? says?.() : answer(stdin as string, ids)),
    });
    const known = fakeDeps({ beast: ledger([]), guardian: ledger(leases) });
    return { ...known, stateDir, fleet: { ...known.fleet, guards: guardsSchema.parse(guards) } };
  }

  const arming = async (of: Deps, spec: FaultSpec = CUT, params: object = {}, id = 'mine'): Promise<string> => {
    const resolved = { machine: 'guardian', kind: spec.kind, params: { ...params } };
    return guarded(of, { id, spec, resolved, leaseSeconds: 60 }, () => Promise.resolve('armed'));
  };
  const admitting = (guards: object, breaks: string[], input = {}) =>
    admit(deps(guards))({
      run: RUN,
      input,
      definition: { claim: '', breaks, clients: [], payload: 'mixed', options: {} },
    });
  const never = (hour: number) => ({ from: `0${hour}:00`, to: `0${hour}:01`, timezone: 'UTC' });
  /** A minute that is not now. */
  const closed = { hours: never(new Date().getUTCHours() === 3 ? 5 : 3) };

  it('are asked at the door: what a run breaks, how long a lease it wants, and what time it is', async () => {
    const badInput = { type: 'BadInput', message: /guards\.never\.targets.*`relay-1`.*Nothing was touched/ };
    await assert.rejects(admitting({ never: { targets: ['relay-1'] } }, ['relay-1']), badInput);
    const longest = { longestFaultSeconds: 30 };
    await assert.rejects(admitting(longest, ['relay-1'], { leaseSeconds: 60 }), {
      type: 'BadInput',
      message: /longest/,
    });
    await assert.rejects(admitting(closed, ['relay-1']), { type: 'GroundFailed', message: /guards\.hours/ });
    const admitted = await admitting(longest, ['relay-1']);
    assert.deepEqual(
      [admitted.leaseSeconds, admitted.longestFaultSeconds],
      [30, 30],
      'nobody chose a lease: it is shorter',
    );
    assert.equal('abortWhen' in admitted, false, 'a run without such a guard goes the way that it always went');
  });

  it('are asked again before every fault, whoever asks for it', async () => {
    assert.equal(await arming(deps({})), 'armed');
    await assert.rejects(arming(deps({ never: { targets: ['guardian'] } })), {
      type: 'BadInput',
      message: /never broken/,
    });
    await assert.rejects(arming(deps(closed)), { type: 'GroundFailed' });
    await assert.rejects(arming(deps({ longestFaultSeconds: 59 })), { type: 'BadInput', message: /60 s/ });
    await assert.rejects(injectByHand(deps({ never: { targets: ['guardian'] } }), handRun(), CUT, 60), {
      type: 'BadInput',
    });
  });

  it('keep faults off an interface, and cuts that would go through it', async () => {
    const of = deps({ never: { interfaces: { guardian: ['wg0'] } } }, [], () => '[{"dev":"wg0"}]');
    const netem: FaultSpec = { kind: 'netem', target: 'guardian', delayMs: 1 };
    await assert.rejects(arming(of, netem, { dev: 'wg0' }), { type: 'BadInput', message: /`wg0` of guardian/ });
    assert.equal(await arming(of, netem, { dev: 'eth0' }), 'armed');
    await assert.rejects(arming(of, CUT), { message: /cut from everything/ });
    await assert.rejects(arming(of, { ...CUT, from: ['beast'] }), { message: /`wg0` of guardian/ });
    const other = deps({ never: { interfaces: { guardian: ['wg0'] } } }, [], () => '[{"dev":"eth0"}]');
    assert.equal(await arming(other, { ...CUT, from: ['beast'] }), 'armed');
  });

  it('count what stands on all machines but the fault itself, and never let two in at once', async () => {
    const most = { mostFaults: 2 };
    await assert.rejects(arming(deps(most, ['a', 'b'])), {
      type: 'GroundFailed',
      message: /mostFaults.*is 2.*`fault a`, `fault b`/,
    });
    assert.equal(await arming(deps(most, ['a', 'mine'])), 'armed', 'an earlier attempt of the same');
    const standing: string[] = [];
    const of = deps(most, standing);
    const both = await Promise.allSettled(
      ['1', '2', '3'].map((id) =>
        guarded(
          of,
          { id, spec: CUT, resolved: { machine: 'guardian', kind: 'partition', params: {} }, leaseSeconds: 60 },
          async () => {
            await new Promise((go) => setTimeout(go, 5));
            standing.push(id);
          },
        ),
      ),
    );
    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
  });

  it('count again once it stands: one that somebody else armed meanwhile, from elsewhere, makes this one end', async () => {
    const standing = ['a'];
    const healed: string[] = [];
    const of = deps({ mostFaults: 2 }, standing, undefined, healed);
    const meanwhile = (spec: FaultSpec) =>
      guarded(
        of,
        { id: 'mine', spec, resolved: { machine: 'guardian', kind: spec.kind, params: {} }, leaseSeconds: 60 },
        () => Promise.resolve(standing.push('mine', 'theirs')),
      );
    await assert.rejects(meanwhile(CUT), {
      type: 'GroundFailed',
      message: /`fault a`, `fault theirs`. Somebody else armed at the same time: this one is healed again/,
    });
    assert.equal(healed.length, 1);
    assert.ok(healed[0]?.includes(keyOf('mine')));
    standing.length = 1;
    assert.equal(await meanwhile({ ...CUT, control: 'cut' }), 3, 'a machine that cut itself off is not asked');
  });

  it('look at an address, a metric or a command, and what cannot be seen is not well', async () => {
    const look = (watch: Partial<AbortWhen>, says?: () => Answer) =>
      guardLook(deps({}, [], says), { forSeconds: 1, everySeconds: 1, ...watch });
    assert.equal(await look({ url }), undefined);
    assert.equal(await look({ url, contains: 'fine' }), undefined);
    assert.match((await look({ url, contains: 'great' })) ?? '', /200 without `great`: `fine/);
    assert.match((await look({ url, status: 204 })) ?? '', /answers 200/);
    assert.match((await look({ url: 'http://127.0.0.1:1/' })) ?? '', /bad port|ECONNREFUSED/);
    page = { status: 503, text: 'errors 7\nlag{peer="a"} 1\nlag{peer="b"} NaN\n' };
    assert.match((await look({ url })) ?? '', /503/);
    assert.equal(await look({ url, status: 503 }), undefined);
    assert.match((await look({ metric: { url, name: 'errors', above: 1 } })) ?? '', /503/);
    page.status = 200;
    assert.equal(await look({ metric: { url, name: 'errors', above: 7, below: 7 } }), undefined);
    assert.match((await look({ metric: { url, name: 'errors', above: 6 } })) ?? '', /`errors` is 7/);
    assert.match((await look({ metric: { url, name: 'errors', below: 8 } })) ?? '', /`errors` is 7/);
    assert.match((await look({ metric: { url, name: 'lag', above: 5 } })) ?? '', /`lag` is NaN/);
    assert.match((await look({ metric: { url, name: 'gone', above: 5 } })) ?? '', /no metric `gone`/);
    const command = { command: ['check', 'it'], machine: 'guardian' };
    assert.equal(await look(command, () => ''), undefined);
    assert.match((await look(command, () => ({ exitCode: 3, stderr: 'down\n' }))) ?? '', /exited 3: down/);
    const gone = new HostError('unreachable', 'guardian', 'guardian does not answer');
    assert.match((await look(command, () => gone)) ?? '', /does not answer/);
  });

  it('that are not well refuse the ground and the hand, with the evidence', async () => {
    page.status = 500;
    const abortWhen = [{ url, forSeconds: 1 }];
    const { state, what } = await observeGuard(deps({}), guardsSchema.parse({ abortWhen }).abortWhen[0] as AbortWhen);
    assert.equal(state, 'fail');
    assert.match(what, /answers 2xx: it does not: answers 500/);
    await assert.rejects(injectByHand(deps({ abortWhen }), handRun(), CUT, 60), {
      type: 'GroundFailed',
      message: /answers 500.*guards\.abortWhen/,
    });
  });

  it('are watched until one fails for as long as it may; one that recovers in time is well', async () => {
    const abortWhen = [
      { url, contains: 'fine', forSeconds: 1.5, everySeconds: 1 },
      { url, forSeconds: 1, everySeconds: 1 },
    ];
    const of = deps({ abortWhen });
    const ended: { reason?: string } = {};
    page.text = 'bad';
    const watching = new MockActivityEnvironment().run(
      async () => void Object.assign(ended, await watchGuards(of)({ run: RUN })),
    );
    await new Promise((go) => setTimeout(go, 700));
    page.text = 'fine';
    await new Promise((go) => setTimeout(go, 1_500));
    assert.equal(ended.reason, undefined);
    page.status = 503;
    await watching;
    assert.match(ended.reason ?? '', /answers 2xx: it did not for \d+ s: answers 503/);
  });

  it('are watched no longer once the run is over', async () => {
    const environment = new MockActivityEnvironment();
    const watching = environment.run(
      async () => void (await watchGuards(deps({ abortWhen: [{ url, forSeconds: 1 }] }))({ run: RUN })),
    );
    environment.cancel();
    await assert.rejects(watching, { name: 'CancelledFailure' });
  });
});
