import fc from 'fast-check';
import { all } from './samples.ts';

/** Anything, and real output that was cut, repeated or overwritten somewhere. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  cutUp(all, [
    '',
    '\n',
    '\r\n',
    '\0',
    '  [1] ',
    '\n\nCursor updated to 3\n',
    'Push successful!\n',
    '\u001b[2m',
    '\r',
    '\u2028',
    'Received 1 blob(s):\n\n  [1] ',
    '\n\nCursor updated to 3',
    '{',
    '"',
  ]),
);

/** One of the samples, cut, repeated or overwritten in some places by the pieces, another sample, or anything. */
export function cutUp(samples: readonly string[], pieces: readonly string[], reach = 400): fc.Arbitrary<string> {
  const put = fc.oneof(
    fc.constantFrom(...pieces),
    fc.constantFrom(...samples),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
  const edits = fc.array(fc.record({ at: fc.nat(reach), drop: fc.nat(60), put }), { maxLength: 4 });
  return fc
    .record({ sample: fc.constantFrom(...samples), edits })
    .map(({ sample, edits: made }) =>
      made.reduce((text, { at, drop, put: piece }) => text.slice(0, at) + piece + text.slice(at + drop), sample),
    );
}

/** Work that grows with the square of its input takes far longer than this on the texts of these tests; a slow machine does not. */
export const HOPELESS_MS = 5_000;

/** Processor time, so that a busy machine does not make a parser look slow. */
export function cpuMs(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Runs `parse` on hostile texts; a text that takes long is as much a failure as one that makes it throw. */
export function survives(parse: (text: string) => unknown): void {
  fc.assert(
    fc.property(hostileText, (text) => cpuMs(() => parse(text)) < HOPELESS_MS),
    { numRuns: 200 },
  );
}
