// The keyboard's place in the table. It belongs to a row, not to a number, because rows
// come and go while one reads.
import type { Row } from "./cell";
import type { Rows } from "./pages";

export interface Cursor {
  index: number; // where the row was last
  key?: string; // of the row; undefined until the partner uses the table
}

type Read = Pick<Rows, "count" | "row">;

/** How many rows away a row is looked for. */
const far = 500;

/** Returns the index of the cursor's row. If the row has gone, returns the index of the row that has taken its place. */
export function indexOf({ index, key }: Cursor, rows: Read, keyOf: (row: Row) => string): number {
  const place = Math.max(0, Math.min(rows.count - 1, index));
  if (key === undefined) return place;
  const is = (at: number) => {
    const row = rows.row(at);
    return row !== undefined && keyOf(row) === key;
  };
  for (let away = 0; away <= far; away++) {
    if (place + away < rows.count && is(place + away)) return place + away;
    if (place - away >= 0 && is(place - away)) return place - away;
  }
  return place;
}

/** Returns a cursor on a row. */
export function cursorAt(index: number, rows: Read, keyOf: (row: Row) => string): Cursor {
  const place = Math.max(0, Math.min(rows.count - 1, index));
  const row = rows.row(place);
  return { index: place, key: row && keyOf(row) };
}
