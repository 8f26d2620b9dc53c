import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  WorkflowFailedError,
} from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { completed, failedOutcome, type Known } from '../../src/cli/outcome.ts';
import type { FaultRecord, RunResult } from '../../src/contract/run.ts';
import { journalOf } from '../../src/report/journal.ts';

const run = { scenario: 'mr_01', workflowId: 'mr_01-now', runId: 'r1' };
const result: RunResult = {
  ...run,
  ...{ verdict: 'failed', claim: 'A claim.', because: 'it did not hold', seconds: 3 },
  ...{ seed: 7, failures: [] },
  ...{ faults: [], findings: [], deliveries: [], residue: [], journal: '/j' },
};
const known: Known = {
  ...{ run, claim: 'A claim.', stateDir: '/nowhere', startedAtMs: Date.now() },
  report: () => Promise.reject(new Error('no worker')),
};
const failed = (cause: Error) => new WorkflowFailedError('it failed', cause, RetryState.NON_RETRYABLE_FAILURE);
const application = (type: string, message: string, details: unknown[] = []) =>
  ApplicationFailure.create({ type, message, details, nonRetryable: true });
const inActivity = (cause: Error) =>
  new ActivityFailure('activity failed', 'admit', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);

describe('how a run ended', () => {
  it('is the result of the workflow where it passed', () => {
    assert.deepEqual(completed({ ...result, verdict: 'passed' }).exitCode, 0);
  });

  it('is the result in the failure where the claim failed', async () => {
    const outcome = await failedOutcome(failed(application('ClaimFailed', 'failed: x', [result])), known);
    assert.deepEqual(outcome, { result, exitCode: 1 });
  });

  it('is 4 where something is not put back, whatever the verdict', async () => {
    const left = { ...result, residue: ['relay-1 is down'] };
    const outcome = await failedOutcome(failed(application('ClaimFailed', 'failed: x', [left])), known);
    assert.equal(outcome.exitCode, 4);
  });

  it('is bad input where the worker refused the input, however deep that stands', async () => {
    const error = failed(inActivity(application('BadInput', 'The input of mr_01 is not valid')));
    await assert.rejects(failedOutcome(error, known), { exitCode: 2, message: /is not valid/ });
  });

  it('is inconclusive where another run has the target, and names it', async () => {
    const error = failed(inActivity(application('TargetBusy', '`relay-1` is held by the run `other`')));
    const outcome = await failedOutcome(error, known);
    assert.equal(outcome.exitCode, 3);
    assert.equal(outcome.result.verdict, 'inconclusive');
    assert.match(outcome.result.because, /held by the run `other`/);
  });

  it('is the journal where it was aborted: Temporal keeps no result then', async () => {
    const stateDir = mkdtempSync(path.join(tmpdir(), '0k-chaos-outcome-'));
    try {
      const dir = path.join(stateDir, 'runs', run.scenario, run.runId);
      mkdirSync(dir, { recursive: true });
      const at = new Date().toISOString();
      const written = { ...result, verdict: 'inconclusive', because: 'aborted while disturbing' } as const;
      const parts = { result: written, input: {}, fleet: 'f', startedAt: at, endedAt: at, versions: {} };
      writeFileSync(path.join(dir, 'journal.json'), JSON.stringify(journalOf([], parts)));
      const outcome = await failedOutcome(failed(new CancelledFailure('Workflow canceled')), { ...known, stateDir });
      assert.deepEqual(outcome, { result: written, exitCode: 130 });
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });

  it('is the summary where a suite was aborted, and not that of an earlier suite by the same id', async () => {
    const stateDir = mkdtempSync(path.join(tmpdir(), '0k-chaos-outcome-'));
    const began = Date.parse('2026-11-28T02:00:00Z');
    const summary = { kind: 'suite', scenarios: [], summary: {}, residue: [], verdict: 'passed' };
    const endOf = async (runId: string, startedAt: string) => {
      mkdirSync(path.join(stateDir, 'suites', 'nightly'), { recursive: true });
      const text = JSON.stringify({ ...summary, runId, startedAt });
      writeFileSync(path.join(stateDir, 'suites', 'nightly', 'summary.json'), text);
      const suite = { scenario: 'suite', workflowId: 'nightly', runId: 'r2' };
      const asked = { ...known, stateDir, run: suite, startedAtMs: began };
      return (await failedOutcome(failed(new CancelledFailure('Workflow canceled')), asked)).result.verdict;
    };
    try {
      assert.equal(
        await endOf('r2', '2026-11-28T01:00:00Z'),
        'passed',
        'went on under another run id than it began with',
      );
      assert.equal(await endOf('r3', '2026-11-28T02:00:01Z'), 'passed', 'began as that, and went on since');
      assert.equal(await endOf('r1', '2026-11-27T02:00:00Z'), 'inconclusive');
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });

  it('takes the reason of an aborted run from the run itself where its journal is on another machine', async () => {
    const report = () => Promise.resolve({ because: 'aborted while arranging', faults: [] });
    const outcome = await failedOutcome(failed(new CancelledFailure('Workflow canceled')), { ...known, report });
    assert.deepEqual([outcome.exitCode, outcome.result.because], [130, 'aborted while arranging']);
  });

  it('says of a terminated run what is not known to be healed', async () => {
    const fault: FaultRecord = {
      kind: 'container',
      ...{ id: 'f', target: 'relay-1', summary: 'kill relay-1', injectedAt: 'now' },
      ...{ healedAt: null, healedBy: null, healSeconds: null, bite: null },
    };
    const report = () => Promise.resolve({ faults: [fault] });
    const outcome = await failedOutcome(failed(new TerminatedFailure('Workflow execution terminated')), {
      ...known,
      report,
    });
    assert.equal(outcome.exitCode, 4);
    assert.match(outcome.result.because, /terminated/);
    assert.match(outcome.result.residue.join(), /kill relay-1 is not known to be healed/);
  });
});
