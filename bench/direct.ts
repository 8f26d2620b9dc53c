import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../src/activities/index.ts';
import type { Config } from '../src/config.ts';
import { Deck } from '../src/contract/message-spec.ts';
import type { RunRef } from '../src/contract/run.ts';
import type { Steps } from '../src/contract/steps.ts';
import type { Hosts } from '../src/hosts/host.ts';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import type { TestLab } from '../test/e2e/test-lab.ts';

const NAME = 'mr_01_relay_crash_failover';
const SPEC = { kind: 'container', target: 'relay-1', action: 'kill', signal: 'SIGKILL' } as const;

/** The steps of MR-01, called one after the other with no workflow: what the same work costs without Temporal. */
export async function runDirectly(lab: TestLab, config: Config, hosts: Hosts): Promise<void> {
  const { fleet, stateDir } = config;
  const steps = createActivities({ fleet, hosts, temporal: lab.client, stateDir });
  const call = async <N extends keyof Steps>(name: N, ask: Parameters<Steps[N]>[0]) => {
    const step = steps[name] as (input: typeof ask) => Promise<unknown>;
    const done: { result?: unknown } = {};
    await new MockActivityEnvironment().run(async () => void (done.result = await step(ask)));
    return done.result as Awaited<ReturnType<Steps[N]>>;
  };

  const id = `direct-${process.pid}-${Date.now()}`;
  const run: RunRef = { scenario: NAME, workflowId: id, runId: id };
  const { definition } = scenarios[NAME] ?? {};
  if (!definition) throw new Error(`no ${NAME}`);

  const startedAt = Date.now();
  const admitted = await call('admit', { run, input: {}, definition });
  const { breaks, drives: clients, seed, payload } = admitted;
  const deck = new Deck(seed);
  await call('prepare', { run, targets: breaks, clients, fence: { token: 0, resources: [] } });
  await call('arrange', { run, clients });
  const fault = { run, id: `${id}/1`, spec: SPEC, leaseSeconds: admitted.leaseSeconds };
  await call('inject', fault);
  const messages = await call('push', { run, client: 'q', messages: deck.deal(1, payload) });
  await call('awaitDelivery', { run, client: 'guardian', messages });
  await call('heal', fault);
  const [canary] = deck.deal(1, 'lines');
  if (canary) await call('invariants', { run, messages, clients, broken: breaks, canary });
  const { residue } = await call('verify', { run, machines: admitted.machines });
  const seconds = (Date.now() - startedAt) / 1000;
  const outcome = {
    verdict: 'passed',
    claim: definition.claim,
    because: 'called directly',
    seconds,
    journal: '',
  } as const;
  const result = { ...run, ...outcome, seed, failures: [], faults: [], findings: [], deliveries: [], residue };
  await call('conclude', { run, input: {}, result, clients });
}
