import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { heal } from '../../src/activities/heal.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import type { Healed } from '../../src/contract/steps.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import type { ContainerState, ExecOptions } from '../../src/hosts/host.ts';
import { container, fakeDeps } from './ground/fake-fleet.ts';

const run = { scenario: 'a', workflowId: 'w', runId: 'r' };
const id = 'w/r/1';
const spec = { kind: 'partition', target: 'guardian', from: 'all', direction: 'both' } as const;
const params = { id, place: { on: 'machine' }, tool: 'nft', from: 'all' };
const injectedAt = '2026-11-27T10:00:00.000Z';

describe('the heal of a fault that no ledger knows any more', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-heal-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  /** Guardian, whose ledger is empty, and what it says once it is told the fault's own words. */
  async function healed(mends: string, more = {}): Promise<{ asked: string[]; healed: Healed }> {
    const asked: string[] = [];
    const says = (_: readonly string[], { stdin }: ExecOptions): string => {
      const command = /^command=(\w+)/m.exec(String(stdin))?.[1] ?? '';
      asked.push(command);
      const reply = command === 'mend' ? mends : '{"key":"k","state":"unknown","lease":null}';
      return `${reply}\n{"done":true}\n`;
    };
    const deps = { ...fakeDeps({ guardian: { says } }), stateDir };
    const ask = { run, id, spec, leaseSeconds: 60, ...more };
    const said = (await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
      heal(deps)(ask),
    )) as Healed;
    return { asked: asked.filter((command) => command !== ''), healed: said };
  }
  const gone = '{"key":"k","state":"unknown","lease":null}';
  const stands = '{"key":"k","state":"stands","lease":null,"evidence":"no memory"}';
  before(() =>
    new RunFolder(stateDir, run).record({
      ...{ kind: 'measured', summary: id },
      data: { what: `${id} resolved`, value: { machine: 'guardian', kind: 'partition', params } },
    }),
  );

  it('is done by the words of the fault itself, and not the run has ended it', async () => {
    const { asked, healed: said } = await healed(gone, { injectedAt });
    assert.deepEqual([asked, said.healedBy], [['heal', 'mend'], 'somebody']);
  });

  it('goes on while it stands', () => assert.rejects(healed(stands, { injectedAt }), /is not healed: .*no memory/));

  it('has nothing to do where it was never put in place', async () => {
    assert.deepEqual((await healed(stands)).asked, ['heal']);
  });
});

describe('the heal of a fault on a relay that does not serve any more', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-heal-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  const [exited, paused, running] = [
    { status: 'exited', exitCode: 1 },
    { status: 'paused', exitCode: 0 },
    { status: 'running', exitCode: 0 },
  ] as const;

  function healed(fault: FaultSpec, state: Partial<ContainerState> | undefined, trial = ''): Promise<Healed> {
    const says = (): string => `{"key":"k","state":"unknown","lease":null}\n${trial}{"done":true}\n`;
    const containers = state === undefined ? [] : [container('relay-1', state)];
    const fake = fakeDeps({ beast: { says, containers } });
    const deps = { ...fake, stateDir, fleet: { ...fake.fleet, times: { ...fake.fleet.times, healthySeconds: 0 } } };
    const ask = { run, id, spec: fault, leaseSeconds: 60 };
    return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
      heal(deps)(ask),
    ) as Promise<Healed>;
  }
  const loss: FaultSpec = { kind: 'netem', target: 'relay-1', lossPercent: 100 };

  it('that was not this fault’s doing is done, and says what is not as before', async () => {
    const notBack = async (state: Partial<ContainerState> | undefined) => (await healed(loss, state)).notBack ?? '';
    assert.match(await notBack(exited), /^relay-1 is exited \(exit code 1\), and not by this fault: .*`docker start /);
    assert.match(await notBack(paused), /^relay-1 is paused, and not by this fault: .*`docker unpause /);
    assert.match(await notBack(running), /^relay-1 is started, but not healthy after 0 s: .*`docker logs /);
    assert.match(await notBack(undefined), /^relay-1: no service `relay-1` .*`0k-chaos relays up`/);
  });

  it('is not done while the trial of the netem stands', () => {
    const stands = '{"key":"t","state":"stands","lease":null,"evidence":"RTNETLINK answers: no"}\n';
    return assert.rejects(healed(loss, running, stands), /^.*is not healed: .*RTNETLINK answers: no/);
  });

  it('goes on where the fault had ended it: it is to be put back', () =>
    assert.rejects(healed({ kind: 'container', target: 'relay-1', action: 'kill' }, exited), /^.*relay-1 is exited/));
});
