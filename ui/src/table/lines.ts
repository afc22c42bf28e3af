// Where the rows of groups are. The lines of a grouped table are the headers of the groups
// and, below the header of an open group, its rows.

/** An open group: its number among the groups, and how many rows it has. */
export interface Opened {
  at: number;
  rows: number;
}

/** A header, or a row of a group. */
export interface Line {
  group: number;
  row?: number;
}

export const countLines = (groups: number, opened: Opened[]): number => opened.reduce((sum, { rows }) => sum + rows, groups);

/** Returns what is on a line. The open groups are in their order. */
export function lineAt(index: number, opened: Opened[]): Line {
  let before = 0; // rows of the open groups above
  for (const { at, rows } of opened) {
    const header = at + before;
    if (index <= header) break;
    if (index <= header + rows) return { group: at, row: index - header - 1 };
    before += rows;
  }
  return { group: index - before };
}

/** Returns the line of a group's header. */
export function headerOf(group: number, opened: Opened[]): number {
  return opened.reduce((line, { at, rows }) => (at < group ? line + rows : line), group);
}
