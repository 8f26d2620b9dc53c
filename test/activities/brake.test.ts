import { strict as assert } from 'node:assert';
import { mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { admit } from '../../src/activities/admit.ts';
import { brakeOn, pullBrake, releaseBrake } from '../../src/activities/brake.ts';
import { injectByHand, handRun } from '../../src/activities/by-hand.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { injectNow } from '../../src/activities/inject.ts';
import { planSuite } from '../../src/activities/suite-plan.ts';
import { sweepLines } from '../../src/contract/sweep-lines.ts';
import { sweepFleet } from '../../src/activities/sweep.ts';
import type { Brake } from '../../src/contract/brake.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { fakeDeps, type FakeMachine } from './ground/fake-fleet.ts';

const LEASE = { id: 'r/1/1', owner: 'r/1', kind: 'partition', target: 'guardian', summary: 'cut', bearer: 'b' };
const spec = { kind: 'partition', target: 'guardian', from: 'all', direction: 'both' } as const;

describe('the brake of the fleet', () => {
  let deps: Deps;
  let asked: string[];
  const brake: Brake = { fleet: 'fake', reason: 'smoke', who: 'ann@q', since: '2026-11-22T17:00:00.000Z' };

  /** Answers lease.sh as it does, and writes down what it was told to do. */
  const machine = (name: string): FakeMachine => ({
    says: (_, { stdin = '' }: ExecOptions) => {
      const command = /^command=(\w+)/m.exec(String(stdin))?.[1] ?? '';
      asked.push(`${name} ${command}`);
      const said = JSON.stringify(JSON.stringify(brake));
      const replies: Record<string, string> = {
        brake: `{"key":"brake","state":"braked","lease":null,"evidence":${said}}\n`,
        heal: `{"key":"k","state":"healed","lease":${JSON.stringify({ ...LEASE, armedAt: '' })},"by":"sweep","at":1,"stood":true}\n`,
      };
      return `${replies[command] ?? ''}{"done":true}\n`;
    },
  });

  beforeEach(() => {
    asked = [];
    deps = {
      ...fakeDeps({ beast: machine('beast'), guardian: machine('guardian') }),
      stateDir: mkdtempSync(path.join(tmpdir(), '0k-brake-')),
    };
  });
  afterEach(() => rmSync(deps.stateDir, { recursive: true, force: true }));

  const file = (): string => path.join(deps.stateDir, 'brake', 'fake.json');
  const refused = { type: 'Braked', message: /smoke.*ann@q.*2026-11-22.*`0k-chaos brake --release`/ };

  it('is off until somebody pulls it, keeps the first reason, and is off again once it is released', () => {
    assert.equal(brakeOn(deps), undefined);
    assert.equal(pullBrake(deps, brake), brake);
    assert.deepEqual(pullBrake(deps, { ...brake, reason: 'later' }), brake);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.equal(statSync(path.dirname(file())).mode & 0o777, 0o700);
    assert.equal(releaseBrake(deps), true);
    assert.equal(releaseBrake(deps), false);
    assert.equal(brakeOn(deps), undefined);
  });

  it('is the one of this fleet alone, where fleets share a state folder', () => {
    pullBrake(deps, brake);
    assert.equal(brakeOn({ ...deps, fleet: { name: 'other' } }), undefined);
  });

  it('is off where its file cannot be: a file stands in the way, or no file has so long a name', () => {
    writeFileSync(path.join(deps.stateDir, 'brake'), '');
    for (const one of [deps, { ...deps, stateDir: path.join(deps.stateDir, 'n'.repeat(256)) }]) {
      assert.equal(brakeOn(one), undefined);
      assert.equal(releaseBrake(one), false);
      assert.throws(() => pullBrake(one, brake));
    }
  });

  for (const [what, damage] of [
    ['is empty', () => writeFileSync(file(), '')],
    ['is cut off', () => writeFileSync(file(), '{"reason":"smo')],
    ['is a folder', () => mkdirSync(file())],
  ] as const)
    it(`holds where its file ${what}`, () => {
      mkdirSync(path.dirname(file()));
      damage();
      assert.match(brakeOn(deps)?.reason ?? '', /damaged/);
    });

  it('refuses whatever would break something, at every door, before a machine is asked', async () => {
    pullBrake(deps, brake);
    const run = { scenario: 's', workflowId: 'w', runId: 'r' };
    const definition = { claim: '', breaks: [], clients: [], payload: 'mixed' as const, options: {} };
    await assert.rejects(admit(deps)({ run, input: {}, definition }), refused);
    await assert.rejects(planSuite(deps)({ kind: 'suite', workflowId: 'w', input: {}, known: {} }), refused);
    await assert.rejects(injectNow(deps, { run, id: 'w/r/1', spec, leaseSeconds: 60 }), refused);
    await assert.rejects(injectByHand(deps, handRun(), spec, 60), refused);
    assert.deepEqual(asked, []);
  });

  it('is put onto every machine by a sweep, which then heals all that stands there', async () => {
    pullBrake(deps, brake);
    const lines = sweepLines(await sweepFleet(deps));
    const ofLedgers = asked.filter((one) => !one.endsWith(' '));
    assert.deepEqual(ofLedgers.toSorted(), ['beast brake', 'beast heal', 'guardian brake', 'guardian heal']);
    assert.ok(asked.indexOf('guardian brake') < asked.indexOf('guardian heal'));
    assert.match(lines.join('\n'), /guardian: cut healed by sweep/);
  });
});
