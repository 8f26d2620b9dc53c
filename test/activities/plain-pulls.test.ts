import { strict as assert } from 'node:assert';
import { MockActivityEnvironment } from '@temporalio/testing';
import { look } from '../../src/activities/deliveries.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { plainlyPulled, pullPlainly } from '../../src/activities/plain-pulls.ts';
import type { Inquest } from '../../src/activities/invariants/index.ts';
import { readAll } from '../../src/activities/invariants/readings.ts';
import { push } from '../../src/activities/push.ts';
import * as samples from '../zerok/samples.ts';
import { Desk } from './desk.ts';
import { inquestOf, SECRET } from './inquest.ts';

const SPEC = { id: 'm-1', shape: 'line', bytes: 48, seed: 1 } as const;
const TEXTS = { pushed: samples.pushAcknowledged, pulled: samples.pulled([[1, 'a text']]) };

describe('plain pulls of a client', function () {
  this.timeout(20_000);
  const desk = new Desk();
  // Its cursor has moved at once; what there is comes later.
  beforeEach(() => {
    desk.newRun();
    desk.clients({ push: 'print pushed', pull: 'sleep 0.5; print pulled' }, TEXTS);
  });
  after(() => desk.close());

  const pushWhilePulling = () =>
    new MockActivityEnvironment().run(async () =>
      push(desk.deps)({ run: desk.run, client: 'q', messages: [SPEC], whilePulling: 'guardian' }),
    );
  const kept = () => new RunFolder(desk.deps.stateDir, desk.run);

  it('beside pushes come to their ends when the pushes are over, so that nothing is shown to nobody', async () => {
    await pushWhilePulling();
    const { pages, whole } = plainlyPulled(kept(), 'guardian');
    assert.deepEqual([pages.length > 0, whole], [true, true]);
  });

  it('are not whole any more once one of them was cut off', async () => {
    const book = kept();
    const guardian = desk.client('guardian');
    await assert.rejects(pullPlainly(book, guardian, AbortSignal.timeout(100)));
    await pullPlainly(book, guardian, new AbortController().signal);
    const { pages, whole } = plainlyPulled(book, 'guardian');
    assert.deepEqual([pages.length, whole], [1, false]);
  });

  it('say that nothing went on beside the pushes where not one of them was answered', async () => {
    desk.clients({ push: 'print pushed', pull: 'exit 137' }, TEXTS);
    await assert.rejects(pushWhilePulling(), /guardian got no answer to any pull while pushes went on: /);
  });

  /** What is seen of guardian's plain pulls once all is over. */
  async function seenInTheEnd(pull: string, texts: Record<string, string> = {}) {
    desk.clients({ pull }, texts);
    const inquest = inquestOf(desk.deps);
    const ask = { broken: [] as string[] } as Inquest['ask'];
    const book = Object.assign(inquest.book, { reread: () => undefined });
    desk.newRun();
    await readAll({ ...inquest, ask, book, folder: kept(), clients: [desk.client('guardian')] });
    return inquest.seen;
  }

  it('that say nothing to their ends, once all is over, are not known', async () => {
    const { unknown } = await seenInTheEnd(`echo 'Pulling data after cursor 0...'; exit 101`);
    assert.match(unknown.join(), /^what a plain pull shows guardian: cut short after: Pulling data/);
  });

  it('that show what was never pushed, or not like that, are as bad as any other', async () => {
    const told = async (text: string) =>
      (await seenInTheEnd('print pulled', { pulled: samples.pulled([[1, text]]) })).broken.map(({ id }) => id);
    assert.deepEqual(await told(SECRET), []);
    assert.deepEqual(await told(SECRET.slice(0, 20)), ['altered']);
    assert.deepEqual(await told('of somebody else'), ['foreign']);
  });

  it('that end in their middle do not say that there is nothing', async () => {
    desk.clients({ pull: `echo 'Pulling data after cursor 0...'; kill -9 $$` });
    const looking = new MockActivityEnvironment().run(async () =>
      look(desk.deps)({ run: desk.run, client: 'guardian', messages: [SPEC] }),
    );
    await assert.rejects(looking, /what guardian has cannot be seen: /);
  });
});
