// Loads a grouped table: its groups, and the rows of the open groups that are on the screen.
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import type { Row } from "./cell";
import { keyOfGroup, type Groups } from "./grouping";
import { countLines, headerOf, lineAt, type Opened } from "./lines";
import { headQuery, pageQuery, pageSize, stillBelow, useHead, useRows, type List, type Page, type Rows } from "./pages";

interface Known extends Opened {
  key: string;
  list: List;
  counted: boolean; // false while the number of rows is estimated
}

/** Returns the lines from first to last of a grouped table, as rows of the whole list. */
export function useGroupRows(whole: List, groups: Groups, first: number, last: number, top: boolean): Rows {
  const client = useQueryClient();
  const head = useHead(whole, top);
  const place = JSON.stringify([whole, groups.list, groups.by]);
  const memory = useRef<{ place: string; known: Map<string, Known> }>({ place: "", known: new Map() });
  if (memory.current.place !== place) memory.current = { place, known: new Map() };
  const { known } = memory.current;
  // Where the open groups were when the table was last drawn decides which groups are on the screen.
  const placed = [...known.values()].sort((a, b) => a.at - b.at);
  const heads = useRows(groups.list, lineAt(first, placed).group, lineAt(Math.max(first, last - 1), placed).group + 1, top);

  const openKeys = groups.open;
  for (let at = 0; at < heads.count; at++) {
    const group = heads.row(at);
    if (!group) continue;
    const key = keyOfGroup(groups, group);
    const list = (openKeys ? openKeys.has(key) : at === 0) ? groups.rowsOf(group) : undefined;
    if (!list) known.delete(key);
    else known.set(key, { key, list, at, rows: known.get(key)?.counted ? known.get(key)!.rows : Number(group.orders_count ?? 0), counted: known.get(key)?.counted ?? false });
  }
  for (const key of known.keys()) if (openKeys && !openKeys.has(key)) known.delete(key);
  const open = [...known.values()].sort((a, b) => a.at - b.at);

  const still = stillBelow(top);
  const firstPages = useQueries({ queries: open.map(({ list }) => ({ ...headQuery(list), ...still })) });
  open.forEach((one, index) => {
    const page = firstPages[index]?.data;
    if (page) Object.assign(one, { rows: page.totals.count, counted: true });
  });

  const wanted: { at: number; page: number }[] = [];
  open.forEach((one, at) => {
    const start = headerOf(one.at, open) + 1;
    const from = Math.max(0, first - start);
    const to = Math.min(one.rows, last - start + pageSize);
    for (let page = Math.max(1, Math.floor(from / pageSize)); page * pageSize < to; page++) wanted.push({ at, page });
  });
  const others = useQueries({
    queries: wanted.map(({ at, page }) => ({ ...pageQuery(client, open[at]!.list, firstPages[at]?.data, page), ...still, enabled: firstPages[at]?.data !== undefined })),
  });
  const pages = new Map<string, Page | undefined>();
  open.forEach(({ at }, index) => pages.set(`${at} 0`, firstPages[index]?.data));
  wanted.forEach(({ at, page }, index) => pages.set(`${open[at]!.at} ${page}`, others[index]?.data));

  const drawn: Opened[] = open.map(({ at, rows }) => ({ at, rows }));
  const failed = [...firstPages, ...others].filter((result) => result.isError);
  const lines = countLines(heads.count, drawn);
  const shape = useMemo(() => drawn, [JSON.stringify(drawn)]);
  return {
    count: head.data?.totals.count ?? 0,
    lines,
    groups: heads.count,
    totals: head.data?.totals,
    row(index) {
      const { group, row } = lineAt(index, shape);
      return row === undefined ? undefined : pages.get(`${group} ${Math.floor(row / pageSize)}`)?.data[row % pageSize];
    },
    group(index) {
      const { group, row } = lineAt(index, shape);
      const sums: Row | undefined = row === undefined ? heads.row(group) : undefined;
      if (!sums) return undefined;
      const key = keyOfGroup(groups, sums);
      return { key, sums, open: known.has(key), opens: known.has(key) || groups.rowsOf(sums) !== undefined, toggle: () => groups.toggle(key, !known.has(key), [...known.keys()]) };
    },
    error: head.error ?? heads.error ?? failed[0]?.error,
    pending: heads.pending || head.isPending,
    stale: heads.stale || head.isPlaceholderData,
    again() {
      if (head.isError) void head.refetch();
      heads.again();
      for (const result of failed) void result.refetch();
    },
  };
}
