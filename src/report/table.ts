import { columnsOf, oneLine, padded, paint, widthOf, wrap } from './look.ts';
import type { Look, Style } from './look.ts';

/** A cell, and how it is painted. */
export type Cell = string | { text: string; style: Style };

/** Between columns. */
const GAP = 2;
/** A column is not made narrower than this: words would turn into ladders. */
const NARROWEST_COLUMN = 10;

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
const styled = (look: Look, cell: Cell, text: string): string =>
  typeof cell === 'string' ? text : paint(look, cell.style, text);

/**
 * Columns under titles, wrapped where they do not fit the width; one block a row, with the titles in front of the values,
 * where there are too many columns for that. Ends without a newline; `''` for no rows.
 */
export function renderTable(titles: readonly string[], rows: readonly (readonly Cell[])[], look: Look = {}): string {
  if (rows.length === 0) return '';
  const heads = titles.map((title) => oneLine(title, look));
  const texts = rows.map((row) => heads.map((_, i) => oneLine(textOf(row[i] ?? ''), look)));
  const widths = fit(heads, texts, widthOf(look));
  if (widths === undefined) return stacked(heads, rows, texts, look);
  const lines = rows.flatMap((row, r) => tableRow(row, texts[r] ?? [], widths, look));
  const title = heads.map((head, i) => padded(head.toUpperCase(), widths[i] ?? 0)).join(' '.repeat(GAP));
  return [paint(look, 'dim', title.trimEnd()), ...lines].join('\n');
}

/** Widths that fit; the widest columns give way first. `undefined`: there is not enough room for all of them. */
function fit(heads: string[], texts: string[][], width: number): number[] | undefined {
  const room = width - GAP * (heads.length - 1);
  const widths = heads.map((head, i) => Math.max(columnsOf(head), ...texts.map((row) => columnsOf(row[i] ?? ''))));
  const least = widths.map((natural, i) => Math.min(natural, Math.max(NARROWEST_COLUMN, columnsOf(heads[i] ?? ''))));
  if (sum(least) > room) return undefined;
  const cap = largestCap(widths, least, room);
  const capped = widths.map((natural, i) => Math.max(least[i] ?? 0, Math.min(natural, cap)));
  let left = room - sum(capped);
  return capped.map((given, i) => {
    const more = Math.min(left, (widths[i] ?? 0) - given, 1);
    left -= more;
    return given + more;
  });
}

/** The largest width that no column may pass if all are to fit. */
function largestCap(widths: number[], least: number[], room: number): number {
  let cap = Math.max(...widths);
  while (sum(widths.map((natural, i) => Math.max(least[i] ?? 0, Math.min(natural, cap)))) > room) cap--;
  return cap;
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

function tableRow(row: readonly Cell[], texts: string[], widths: number[], look: Look): string[] {
  const cells = texts.map((text, i) => wrap(text, widths[i] ?? 1));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const last = cells.findLastIndex((lines) => (lines[line] ?? '') !== '');
    return cells
      .slice(0, last + 1)
      .map((lines, i) => {
        const text = lines[line] ?? '';
        return styled(look, row[i] ?? '', text) + ' '.repeat(i === last ? 0 : (widths[i] ?? 0) - columnsOf(text) + GAP);
      })
      .join('');
  });
}

function stacked(heads: string[], rows: readonly (readonly Cell[])[], texts: string[][], look: Look): string {
  const width = widthOf(look);
  const block = (row: readonly Cell[], cells: string[]): string =>
    heads
      .flatMap((head, i) => wrap(`${head}: ${cells[i] ?? ''}`, width).map((line) => styled(look, row[i] ?? '', line)))
      .join('\n');
  return rows.map((row, r) => block(row, texts[r] ?? [])).join('\n\n');
}
