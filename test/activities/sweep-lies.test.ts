import { strict as assert } from 'node:assert';
import { mock } from 'node:test';
import type { Client } from '@temporalio/client';
import { sweepFleet, sweepMachine } from '../../src/activities/sweep.ts';
import type { ExecOptions, ExecResult, Host } from '../../src/hosts/host.ts';
import { saying } from '../hosts/saying.ts';
import { sweptDeps } from './swept-fleet.ts';

const DONE = '{"done":true}\n';
const listOf = (leases: number, summary = 's'): string =>
  Array.from({ length: leases }, (_, n) => {
    const lease = { id: `${n}`, owner: `w-${n}/r`, kind: 'netem', target: 't', summary, bearer: 'b', armedAt: 'now' };
    const more = { seconds: 30, thisBoot: true, note: '', tries: 0, since: null };
    return `${JSON.stringify({ key: 'a', state: 'leased', lease, ...more })}\n`;
  }).join('') + DONE;

/** Every run has ended. */
const temporal = {
  workflow: { getHandle: () => ({ describe: () => Promise.resolve({ status: { name: 'COMPLETED' } }) }) },
  withDeadline: (_: unknown, ask: () => unknown) => ask(),
} as unknown as Client;

/** Lists leases of its own making, and answers no heal. */
function busy(list: string): { host: Host; heals: () => number } {
  const host = saying('beast', list);
  let heals = 0;
  const exec = (argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> => {
    if (!String(options.stdin).includes('command=heal')) return host.exec(argv, options);
    heals += 1;
    return new Promise(() => undefined);
  };
  return { host: { ...host, exec }, heals: () => heals };
}

describe('a sweep over a machine that makes up leases', () => {
  afterEach(() => mock.timers.reset());

  it('ends in time, sweeps the others, and tells of it', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { host, heals } = busy(listOf(5_000));
    const sweeping = sweepFleet(sweptDeps(temporal, saying('guardian', DONE), host));
    while (heals() === 0) await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(3 * 60_000);
    const { swept, unreachable } = await sweeping;
    assert.deepEqual(swept, ['guardian']);
    assert.deepEqual(
      unreachable.map(({ machine, message }) => [machine, message]),
      [['beast', 'beast was not done within 3 min; the next sweep goes on with it']],
    );
    assert.equal(heals(), 1);
  });

  it('tells of so many as a history holds', async () => {
    const away = { workflow: {}, withDeadline: () => Promise.reject(new Error('14 UNAVAILABLE')) };
    const host = saying('beast', listOf(1_000, 'x'.repeat(10_000)));
    const { left } = await sweepMachine(sweptDeps(away as never, saying('guardian', DONE), host), 'beast');
    assert.equal(left.length, 101);
    assert.equal(left.at(-1), 'and 900 more');
    assert.ok(left.join('').length < 200_000);
  });
});
