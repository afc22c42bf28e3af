// Which rows are on the screen. Rows have one height, so this is arithmetic.

export interface Window {
  first: number; // the first row to draw
  last: number; // the one after the last
  above: number; // pixels of the rows that are not drawn
  below: number;
}

/** Browsers draw nothing beyond about 33 million pixels. */
const tallest = 15_000_000;

export const shownHeight = (rows: number, row: number) => Math.min(rows * row, tallest);

/**
 * The rows to draw for a scroll position. A list that is too tall for a browser
 * is scrolled in proportion, so the scroll bar still means the whole list.
 */
export function windowAt(scrolled: number, view: number, rows: number, row: number, spare = 8): Window {
  const real = rows * row;
  const shown = shownHeight(rows, row);
  const most = Math.max(1, shown - view);
  const top = shown === real ? scrolled : (Math.min(scrolled, most) / most) * Math.max(0, real - view);
  const first = Math.max(0, Math.min(rows, Math.floor(top / row) - spare));
  const last = Math.min(rows, Math.ceil((top + view) / row) + spare);
  const above = Math.max(0, Math.min(shown - (last - first) * row, scrolled - (top - first * row)));
  return { first, last, above, below: Math.max(0, shown - above - (last - first) * row) };
}

/** The scroll position that brings a row to the top. */
export function scrollOf(index: number, view: number, rows: number, row: number): number {
  const real = rows * row;
  const shown = shownHeight(rows, row);
  if (shown === real) return index * row;
  return ((index * row) / Math.max(1, real - view)) * (shown - view);
}
