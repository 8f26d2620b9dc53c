import { strict as assert } from 'node:assert';
import { abortAll } from '../../src/cli/abort.ts';
import type { Link } from '../../src/cli/temporal.ts';
import type { Config } from '../../src/config.ts';

const notFound = (message: string): Error => Object.assign(new Error(message), { name: 'WorkflowNotFoundError' });

/** A server with these runs; `ending`: ends by itself right after somebody has looked at it. */
function serverWith(runs: Record<string, 'running' | 'ending' | 'ended'>) {
  const cancelled: string[] = [];
  const getHandle = (workflowId: string) => ({
    describe: async () => {
      const how = runs[workflowId];
      if (how === undefined) throw notFound('no such workflow');
      const status = { name: how === 'ended' ? 'COMPLETED' : 'RUNNING' };
      const startTime = new Date(0);
      const type = workflowId.startsWith('fleet-lock/') ? 'fleetLock' : 'mr_01';
      return { type, workflowId, runId: `of-${workflowId}`, status, startTime, searchAttributes: {} };
    },
    cancel: async () => {
      if (runs[workflowId] === 'ending') throw notFound('workflow execution already completed');
      cancelled.push(workflowId);
    },
  });
  return {
    cancelled,
    link: { client: { workflow: { getHandle } }, skim: { workflow: { getHandle } } } as unknown as Link,
  };
}

const config = { stateDir: '/nowhere' } as Config;

describe('0k-chaos abort', () => {
  it('ends none of several runs when one id is mistyped', async () => {
    const { link, cancelled } = serverWith({ one: 'running', two: 'running' });
    const aborting = abortAll(link, config, ['one', 'tow', 'two'], false);
    await assert.rejects(aborting, { name: 'CliError', message: /^no run `tow`/ });
    assert.deepEqual(cancelled, []);
  });

  it('ends no lock, though its id is a good one, and none of the runs beside it', async () => {
    const { link, cancelled } = serverWith({ one: 'running', 'fleet-lock/lab': 'running' });
    const aborting = abortAll(link, config, ['one', 'fleet-lock/lab'], false);
    await assert.rejects(aborting, { name: 'CliError', message: /is no run, but a `fleetLock`; see `0k-chaos locks`/ });
    assert.deepEqual(cancelled, []);
  });

  it('tells of a run that had ended, also while it was looked at, and stops the others', async () => {
    const { link, cancelled } = serverWith({ one: 'ending', two: 'running', three: 'ended' });
    const told = await abortAll(link, config, ['one', 'two', 'three'], false);
    assert.deepEqual(
      told.map(({ workflowId, state }) => [workflowId, state]),
      [
        ['one', 'had ended'],
        ['two', 'asked to stop'],
        ['three', 'had ended'],
      ],
    );
    assert.deepEqual(cancelled, ['two']);
  });
});
