/** Starts a watch that no change of the machine's clock moves. @returns seconds since, to the hundredth */
export function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round((performance.now() - startedAt) / 10) / 100;
}
