import type { FaultRecord, RunResult } from '../../src/contract/run.ts';

export const killed: FaultRecord = {
  id: 'mr-01/run-1/1',
  kind: 'container',
  target: 'relay-1',
  summary: 'kill relay-1 (SIGKILL)',
  injectedAt: '2026-02-08T10:11:12.345Z',
  healedAt: '2026-02-08T10:11:52.000Z',
  healedBy: 'frame',
  healSeconds: 2.14,
  bite: { bit: true, how: 'container exited with 137', during: { status: 'exited', code: 137 } },
};

export const passed: RunResult = {
  scenario: 'mr_01_relay_crash_failover',
  workflowId: 'mr-01',
  runId: 'run-1',
  verdict: 'passed',
  claim: 'MR-01. A killed relay costs nobody a message: clients fail over while it is down.',
  because: 'everything that the claim says held; 1 fault bit and was healed',
  seconds: 12.34,
  seed: 7,
  faults: [killed],
  failures: [],
  findings: [],
  deliveries: [
    { message: 'm-1', to: 'guardian', seconds: 0.52, copies: 1, cursor: 1 },
    { message: 'm-2', to: 'guardian', seconds: 3.2, copies: 1, cursor: 2 },
  ],
  residue: [],
  journal: '/home/me/.local/state/0k-chaos/runs/mr_01_relay_crash_failover/run-1/journal.json',
};
