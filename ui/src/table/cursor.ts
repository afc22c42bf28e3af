// The keyboard's place in the table. It belongs to a row and a column, not to numbers,
// because rows come and go while one reads.

export interface Cursor {
  index: number; // the line where the row was last
  key?: string; // of the row or of the group; undefined until the partner uses the table
  column?: string; // of the cell; undefined if the cursor is on the whole row
}

interface Lines {
  lines: number;
  keyAt: (index: number) => string | undefined; // undefined while the line is loading
}

/** How many lines away a row is looked for. */
const far = 500;

/** Returns the line of the cursor's row. If the row has gone, returns the line of the row that has taken its place. */
export function indexOf({ index, key }: Cursor, { lines, keyAt }: Lines): number {
  const place = Math.max(0, Math.min(lines - 1, index));
  if (key === undefined) return place;
  for (let away = 0; away <= far; away++) {
    if (place + away < lines && keyAt(place + away) === key) return place + away;
    if (place - away >= 0 && keyAt(place - away) === key) return place - away;
  }
  return place;
}

/** Returns a cursor on a line. */
export function cursorAt(index: number, { lines, keyAt }: Lines, column?: string): Cursor {
  const place = Math.max(0, Math.min(lines - 1, index));
  return { index: place, key: keyAt(place), column };
}

/** Returns the column beside another one. Before the first column is the whole row. */
export function beside(columns: { name: string }[], column: string | undefined, by: 1 | -1): string | undefined {
  const at = columns.findIndex((one) => one.name === column);
  return columns[Math.max(-1, Math.min(columns.length - 1, at + by))]?.name;
}
