/** Who interrupts the tests is left with nothing of theirs: `end` is done, and this process ends. */
export function whenInterrupted(end: () => Promise<unknown>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(
      signal,
      () =>
        void end()
          .catch(console.error)
          .finally(() => process.exit(130)),
    );
}
