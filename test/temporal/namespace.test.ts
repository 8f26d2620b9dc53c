import { strict as assert } from 'node:assert';
import type { Connection } from '@temporalio/client';
import { ensureSearchAttributes } from '../../src/temporal/namespace.ts';

const COMPLETE = {
  ...{ ChaosScenario: 2, ChaosPhase: 2, ChaosVerdict: 2, ChaosSuite: 2, ChaosFleet: 2 },
  ...{ ChaosTarget: 7, ChaosFaultActive: 5, ChaosSeed: 3 },
};

/** A server with these attributes, which notes what is added; or refuses it with a gRPC code. */
function serverWith(customAttributes: Record<string, number>, refusal?: number) {
  const added: unknown[] = [];
  const operatorService = {
    listSearchAttributes: () => Promise.resolve({ customAttributes }),
    addSearchAttributes: (request: unknown) => {
      added.push(request);
      return refusal === undefined
        ? Promise.resolve({})
        : Promise.reject(Object.assign(new Error('not you'), { code: refusal }));
    },
  };
  return { added, connection: { operatorService } as unknown as Connection };
}

describe('search attributes', () => {
  it('are left alone where all are there', async () => {
    const { connection, added } = serverWith({ ...COMPLETE, Theirs: 1 });

    await ensureSearchAttributes(connection, 'chaos');

    assert.deepEqual(added, []);
  });

  it('are added where they are missing, and only those', async () => {
    const { ChaosTarget, ChaosSeed, ...rest } = COMPLETE;
    const { connection, added } = serverWith(rest);

    await ensureSearchAttributes(connection, 'chaos');

    assert.deepEqual(added, [{ namespace: 'chaos', searchAttributes: { ChaosTarget, ChaosSeed } }]);
  });

  it('that somebody else adds at the same moment are no error', async () => {
    const ALREADY_EXISTS = 6;

    await ensureSearchAttributes(serverWith({}, ALREADY_EXISTS).connection, 'chaos');
  });

  it('that we may not add are named with the commands for somebody who may', async () => {
    const PERMISSION_DENIED = 7;
    const { ChaosSeed: _, ...rest } = COMPLETE;

    await assert.rejects(
      ensureSearchAttributes(serverWith(rest, PERMISSION_DENIED).connection, 'chaos'),
      /\(not you\)[^]*\n {2}temporal operator search-attribute create --namespace chaos --name ChaosSeed --type Int$/,
    );
  });

  it('of another type than ours are refused, with the way out', async () => {
    const TEXT = 1;

    await assert.rejects(
      ensureSearchAttributes(serverWith({ ...COMPLETE, ChaosSuite: TEXT }).connection, 'chaos'),
      /`ChaosSuite` of the namespace `chaos` is not of type Keyword; .*search-attribute remove --namespace chaos --name ChaosSuite/,
    );
  });
});
