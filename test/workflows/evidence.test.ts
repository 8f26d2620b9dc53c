import { strict as assert } from 'node:assert';
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { messageOf } from '../../src/workflows/evidence.ts';

describe('what a run says of a step that failed', () => {
  const failed = (cause: Error): ActivityFailure =>
    new ActivityFailure('Activity task failed', 'push', '7', 'TIMEOUT', undefined, cause);

  it('is what happened on a machine, not that an activity failed', () => {
    assert.equal(
      messageOf(failed(ApplicationFailure.create({ message: 'no answer from beast' }))),
      'no answer from beast',
    );
  });

  it('says that the worker was silent, and what that means', () => {
    const silent = new TimeoutFailure('activity Heartbeat timeout', undefined, 'HEARTBEAT');
    assert.match(
      messageOf(failed(silent)),
      /^the worker was not heard of .* died, was stopped, slept, or lost the server$/,
    );
  });

  it('is the error of the last attempt where that had one', () => {
    const last = ApplicationFailure.create({ message: 'no answer from beast' });
    const late = Object.assign(new TimeoutFailure('activity Heartbeat timeout', undefined, 'HEARTBEAT'), {
      cause: last,
    });
    assert.equal(messageOf(failed(late)), 'no answer from beast');
    assert.equal(messageOf('a word'), 'a word');
  });
});
