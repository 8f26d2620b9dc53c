import { strict as assert } from 'node:assert';
import { addLine, keepNewest, linesFrom, type ProgressLine } from '../../src/contract/progress.ts';

describe('lines of progress', () => {
  const texts = (lines: readonly ProgressLine[]): string[] => lines.map(({ text }) => text);

  it('are the newest ones, however many there were: the end of a long run is told', () => {
    const lines: ProgressLine[] = [];
    for (let n = 0; n < 10; n += 1) addLine(lines, `line ${n}`, 3);
    assert.deepEqual(texts(lines), ['line 7', 'line 8', 'line 9']);
  });

  it('are told once each to whoever asks from the last one on, also where the first ones are gone', () => {
    const lines: ProgressLine[] = [];
    for (let n = 0; n < 10; n += 1) addLine(lines, `line ${n}`, 5);
    const first = linesFrom(lines);
    assert.deepEqual(texts(first), ['line 5', 'line 6', 'line 7', 'line 8', 'line 9']);
    const next = (first.at(-1)?.n ?? 0) + 1;
    assert.deepEqual(linesFrom(lines, next), []);
    addLine(lines, 'line 10', 5);
    assert.deepEqual(texts(linesFrom(lines, next)), ['line 10']);
  });

  it('keep their numbers when a history begins anew with a few of them', () => {
    const lines: ProgressLine[] = [];
    for (let n = 0; n < 4; n += 1) addLine(lines, `line ${n}`, 5);
    keepNewest(lines, 1);
    addLine(lines, 'line 4', 5);
    assert.deepEqual(
      lines.map(({ n, text }) => [n, text]),
      [
        [3, 'line 3'],
        [4, 'line 4'],
      ],
    );
  });
});
