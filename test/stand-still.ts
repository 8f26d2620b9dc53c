import { setImmediate } from 'node:timers/promises';

/** This process gets no turn for so long, as when it is stopped; what is due is done before what has come is read, as then. */
export async function standStill(ms: number): Promise<void> {
  await setImmediate();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Longer than what counts as a busy machine. */
export const LONG_MS = 5_500;
