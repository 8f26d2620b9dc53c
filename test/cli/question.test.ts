import { strict as assert } from 'node:assert';
import { PassThrough } from 'node:stream';
import { ask, isYes } from '../../src/cli/question.ts';

/** What comes of a question when a person types these keys on a terminal. */
function typed(keys: string | null): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()].map((stream) =>
    Object.assign(stream, { isTTY: true, setRawMode: () => undefined, columns: 80 }),
  );
  const streams = { input, output } as unknown as Parameters<typeof ask>[1];
  const answer = ask('Go on? [y/N] ', streams);
  if (keys === null) input?.end();
  else input?.write(keys);
  return answer;
}

describe('a question', () => {
  it('is answered by what is typed, without the spaces around it', async () => {
    assert.equal(await typed(' yes \r'), 'yes');
  });

  for (const [name, keys] of [
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
    ['the end of the input', null],
  ] as const)
    it(`that is answered with ${name} is answered with no, and is no bug`, async () => {
      assert.equal(isYes(await typed(keys)), false);
    });

  it('is agreed to by a yes only', () => {
    assert.deepEqual(['y', 'Yes', 'YES', '', 'n', 'yesterday', 'j'].map(isYes), [
      ...[true, true, true],
      ...[false, false, false, false],
    ]);
  });
});
