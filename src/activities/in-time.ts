/** Longer than one slow heal. A sweep has ten minutes for all that it does, one thing after the other. */
const MOST_MS = 3 * 60_000;

/** A machine that is slow, or makes up work, keeps nobody from an end: `act` is left, and its signal raised. @throws Error */
export async function inTime<T>(who: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over.abort();
      reject(new Error(`${who} was not done within ${MOST_MS / 60_000} min; the next sweep goes on with it`));
    }, MOST_MS);
  });
  try {
    return await Promise.race([act(over.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
