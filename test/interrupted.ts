type End = () => Promise<unknown>;

/** One list for the process, as mocha may load this module twice: the first that is done must not end the process under the others. */
const ENDS = Symbol.for('0k-chaos: what is done when the tests are interrupted');
const kept = globalThis as { [ENDS]?: End[] };

/** Who interrupts the tests is left with nothing of theirs: every `end` is done, and then this process ends. */
export function whenInterrupted(end: End): void {
  kept[ENDS] ??= untilSignal();
  kept[ENDS].push(end);
}

function untilSignal(): End[] {
  const ends: End[] = [];
  const endAll = async (): Promise<never> => {
    const ended = await Promise.allSettled(ends.map((end) => end()));
    for (const one of ended) if (one.status === 'rejected') console.error(one.reason);
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void endAll());
  return ends;
}
