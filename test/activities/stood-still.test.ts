import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunFolder } from '../../src/activities/journal.ts';
import { MessageBook } from '../../src/activities/message-book.ts';
import { pushAll } from '../../src/activities/push.ts';
import type { Message } from '../../src/contract/run.ts';
import { LONG_MS, standStill } from '../stand-still.ts';
import { Desk } from './desk.ts';

const SPEC = { id: 'm-1', shape: 'byte', bytes: 1, seed: 1 } as const;
/** Refuses its first push after a while, and takes those after it. */
const push = `
if mkdir used 2>/dev/null; then sleep 2; echo "Error: no relay answers"; exit 1; fi
printf 'Push successful!\\n  Blob ID: 99190604-1881-4b4d-9f8a-002d8e5faa15\\n  Cursor: 2\\n'`;

describe('a push while the worker stands still', function () {
  this.timeout(30_000);
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
    desk.clients({ push });
  });
  afterEach(() => desk.close());
  const pushing = (): Promise<Message[]> => {
    const book = new MessageBook(new RunFolder(desk.folder, desk.run), desk.run);
    return pushAll(book, desk.client('q'), [SPEC], { signal: new AbortController().signal, isLast: () => true });
  };
  const outcomes = (all: Message[]): string[][] => all.map(({ id, shape, outcome }) => [id, shape, outcome]);

  it('that is refused accuses nobody: another message is pushed in its place', async () => {
    const pushed = pushing();
    await sleep(500);

    await standStill(LONG_MS);

    assert.deepEqual(outcomes(await pushed), [
      ['m-1', 'byte', 'indeterminate'],
      ['m-1-again', 'line', 'acknowledged'],
    ]);
    assert.match((await pushed)[0]?.evidence ?? '', /the worker .*stood still/);
  });

  it('is told from one while it runs: that was refused', async () => {
    assert.deepEqual(outcomes(await pushing()), [['m-1', 'byte', 'refused']]);
  });
});
