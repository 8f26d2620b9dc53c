const MOST_LINES = 100;
const LINE_CHARS = 1_000;

/** Lines for a history or a failure, which hold 2 MB at most: of a machine that makes them up, the first, and how many more there are. */
export function few(lines: string[]): string[] {
  const cut = lines.slice(0, MOST_LINES).map((line) => line.slice(0, LINE_CHARS));
  return lines.length > MOST_LINES ? [...cut, `and ${lines.length - MOST_LINES} more`] : cut;
}
