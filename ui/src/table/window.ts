// Computes which rows are on the screen. All rows have the same height.

export interface Window {
  first: number; // index of the first row to draw
  last: number; // index after the last row to draw
  above: number; // height in pixels of the rows above that are not drawn
  below: number;
}

/** The maximum height of a list in pixels. Browsers draw nothing beyond about 33 million. */
const tallest = 15_000_000;

export const shownHeight = (rows: number, row: number) => Math.min(rows * row, tallest);

/**
 * Returns the rows to draw at a scroll position. If the list would be too tall for
 * a browser, the scroll bar covers the whole list in proportion.
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

/** Returns the scroll position at which a row is at the top. */
export function scrollOf(index: number, view: number, rows: number, row: number): number {
  const real = rows * row;
  const shown = shownHeight(rows, row);
  if (shown === real) return index * row;
  return ((index * row) / Math.max(1, real - view)) * (shown - view);
}
