// Says by which cursor a page of a list is loaded.

/** Rows of a list at regular distances, with the cursors to the pages that begin there. */
export interface Boundaries {
  data: { row: number; cursor: string }[];
  totals: { count: number };
}

/** A page, if the report has cursors. */
export interface Linked {
  page?: { next: string | null; previous: string | null };
}

export interface Beside {
  before?: Linked; // the page before the wanted one, if it is loaded
  after?: Linked;
  boundaries?: Boundaries;
  arrived: number; // rows at the top of the list that the boundaries do not count; negative if they count rows that the list does not
}

/**
 * Returns the parameters that select the page which begins with a row. A cursor
 * from a neighbour leaves no gap between the two, even if rows arrive meanwhile.
 * A boundary makes a jump as fast as a first page.
 */
export function placeOf(row: number, { before, after, boundaries, arrived }: Beside): Record<string, string> {
  if (before?.page?.next) return { cursor: before.page.next };
  if (after?.page?.previous) return { cursor: after.page.previous };
  const counted = row - arrived;
  let at: Boundaries["data"][number] | undefined;
  for (const boundary of boundaries?.data ?? []) if (boundary.row <= counted) at = boundary;
  if (!at || at.row === 0) return { offset: String(row) };
  return counted === at.row ? { cursor: at.cursor } : { cursor: at.cursor, offset: String(counted - at.row) };
}
