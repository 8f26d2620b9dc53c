import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import { NEVER_RETRIED } from '../contract/errors.ts';
import type { SuiteSteps } from '../contract/suite-steps.ts';

/** Of suites and soaks: they touch no machine. */
const activities = proxyActivities<SuiteSteps>({
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  startToCloseTimeout: '1m',
  retry: {
    initialInterval: '500ms',
    maximumInterval: '5s',
    maximumAttempts: 10,
    nonRetryableErrorTypes: NEVER_RETRIED,
  },
});

export const planSuite = (ask: Parameters<SuiteSteps['planSuite']>[0]): ReturnType<SuiteSteps['planSuite']> =>
  activities.planSuite.executeWithOptions({ summary: 'check the input, expand its globs' }, [ask]);

export const concludeSuite = (
  ask: Parameters<SuiteSteps['concludeSuite']>[0],
): ReturnType<SuiteSteps['concludeSuite']> =>
  activities.concludeSuite.executeWithOptions({ summary: 'sum up, write summary.json and summary.md' }, [ask]);
