/** A line of progress, as queries give it. */
export interface ProgressLine {
  /** Counts every line of its run from 0, those too that are not kept any more. */
  n: number;
  /** ISO 8601. */
  at: string;
  text: string;
}

/** Adds a line at the end, and drops the oldest of more than `most`. Safe in the workflow sandbox. */
export function addLine(lines: ProgressLine[], text: string, most: number): void {
  lines.push({ n: (lines.at(-1)?.n ?? -1) + 1, at: new Date().toISOString(), text });
  keepNewest(lines, most);
}

export function keepNewest(lines: ProgressLine[], most: number): void {
  lines.splice(0, Math.max(0, lines.length - most));
}

/** What came since somebody has looked: from the line with that number on. */
export const linesFrom = (lines: readonly ProgressLine[], n = 0): ProgressLine[] => lines.filter((line) => line.n >= n);
