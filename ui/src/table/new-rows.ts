// Shows the rows that come while the list is open.
import { useIsFetching, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { get } from "../api/client";
import { news } from "../api/news";
import { useStore } from "../lib/store";
import { pageSize, type List, type Page, type Rows } from "./pages";
import type { Spec } from "./spec";

/**
 * Loads the rows again after news, if the top of the list is on the screen. Further
 * down, this would move the rows under the pointer. There, it returns how many rows have
 * come. A request that is already running is not cancelled, because under steady news none
 * would ever finish; another one follows it.
 */
export function useNewRows(list: List, rows: Rows, top: boolean): number {
  const { path, query } = list;
  const heard = useStore(news);
  const client = useQueryClient();
  const place = JSON.stringify([path, query]);
  const shown = useRef({ place, heard });
  const counted = useRef(heard);
  if (shown.current.place !== place) shown.current = { place, heard };
  const waits = shown.current.heard !== heard;
  // With cursors, the pages after the first one follow it by themselves. Groups have their own lists.
  const queryKey = rows.groups === undefined ? ["report", path, query, ...(list.cursors ? [0] : [])] : ["report"];
  const loading = useIsFetching({ queryKey }) > 0;
  const later = useQuery({
    queryKey: ["report count", path, query],
    queryFn: ({ signal }) => get<Page>(path, { ...query, limit: "1" }, signal),
    enabled: false, gcTime: 0,
  });
  useEffect(() => {
    if (!top || !waits || loading) return;
    shown.current = { place, heard };
    void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
  }, [top, waits, heard, loading]);
  useEffect(() => {
    if (top || !waits || later.isFetching || counted.current === heard) return;
    counted.current = heard;
    void later.refetch({ cancelRefetch: false });
  }, [top, waits, heard, later.isFetching]);
  return waits && !top ? Math.max(0, (later.data?.totals.count ?? 0) - rows.count) : 0;
}

/** Returns the keys of the rows on the first page that were not there before. */
export function newKeys(before: string[], now: string[]): Set<string> {
  const known = new Set(before);
  const fresh = now.filter((key) => !known.has(key));
  return new Set(before.length === 0 || fresh.length === now.length ? [] : fresh);
}

/** How long a new row is marked, in milliseconds. */
const marked = 1500;

const none = new Set<string>();

/** Returns the keys of the rows that have just come, to mark them. */
export function useFreshKeys(place: string, rows: Rows, spec: Spec): Set<string> {
  const before = useRef<{ place: string; keys: string[] }>({ place: "", keys: [] });
  const at = rows.stale ? "" : place; // the rows of another view are still shown
  const { fresh, since } = useMemo(() => {
    if (rows.groups !== undefined) return { fresh: none, since: 0 }; // opening a group brings rows, too
    const keys: string[] = [];
    for (let index = 0; index < Math.min(pageSize, rows.count); index++) {
      const row = rows.row(index);
      if (row) keys.push(spec.key(row));
    }
    const fresh = newKeys(before.current.place === at ? before.current.keys : [], keys);
    before.current = { place: at, keys };
    return { fresh, since: performance.now() };
  }, [at, rows.totals]);
  return performance.now() - since < marked ? fresh : none; // a row that is scrolled into sight later is not new
}
