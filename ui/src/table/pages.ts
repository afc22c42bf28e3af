// Loads the pages of a report around the rows on the screen.
import { keepPreviousData, useQueries, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { get } from "../api/client";
import type { Row } from "./cell";
import { boundariesQuery, currentBoundaries } from "./boundaries";
import { placeOf, type Linked } from "./place";

export const pageSize = 100;

/** Lists that are longer have boundaries. Up to this row, an offset is fast enough. */
const long = 5000;

/** A list of the API: a report with its filters and its order. */
export interface List {
  path: string;
  query: Record<string, string>;
  cursors: boolean;
  boundaries?: string; // path of the list's boundaries
}

export interface Page extends Linked {
  data: Row[];
  totals: Row & { count: number };
}

/** The header of a group. */
export interface Group {
  key: string;
  sums: Row;
  open: boolean;
  opens: boolean; // whether its rows can be shown
  toggle: () => void;
}

export interface Rows {
  count: number; // rows that match the filters
  lines: number; // rows and headers that the table shows
  groups?: number; // how many groups there are, if the rows are grouped
  group?: (index: number) => Group | undefined; // the header on a line
  totals?: Page["totals"];
  row: (index: number) => Row | undefined; // the row on a line
  error: unknown;
  pending: boolean; // true until the first page is loaded
  stale: boolean; // true while the rows of the previous view are still shown
  again: () => void;
}

const keyOf = ({ path, query }: List, page: number, since = "") => ["report", path, query, page, since] as const;

export function headQuery(list: List) {
  return {
    queryKey: keyOf(list, 0),
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<Page>(list.path, { ...list.query, limit: String(pageSize), ...(list.cursors ? { cursor: "first" } : { offset: "0" }) }, signal),
    staleTime: 30_000,
    gcTime: 60_000,
  };
}

/** A page after the first one. The pages since a first page fit together. */
export function pageQuery(client: QueryClient, list: List, head: Page | undefined, page: number) {
  const since = head?.page?.next ?? "";
  const loaded = (other: number) => client.getQueryData<Page>(keyOf(list, other, since));
  return {
    queryKey: keyOf(list, page, since),
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const query: Record<string, string> = { ...list.query, limit: String(pageSize) };
      if (!list.cursors) return get<Page>(list.path, { ...query, offset: String(page * pageSize) }, signal);
      const far = list.boundaries && page * pageSize >= long;
      const read = client.getQueryState(keyOf(list, 0))?.dataUpdatedAt ?? 0;
      const count = head?.totals.count ?? 0;
      const boundaries = far ? await currentBoundaries(client, list, { count, read }) : undefined;
      const place = placeOf(page * pageSize, {
        before: page === 1 ? head : loaded(page - 1), after: loaded(page + 1), boundaries,
        arrived: boundaries && !query.ordering ? count - boundaries.totals.count : 0, // the usual order begins with the newest rows
      });
      // The totals are those of the first page.
      return get<Page>(list.path, { offset: "0", ...query, ...place }, signal, { Prefer: "return=minimal" });
    },
    staleTime: 30_000,
    gcTime: 60_000,
  };
}

/** Options of a list's requests: below the top of the list, its rows stay where they are. */
export const stillBelow = (top: boolean) => ({ refetchOnWindowFocus: top, refetchOnReconnect: top, meta: { still: !top } });

/** Loads the first page of a list, with the totals. */
export const useHead = (list: List, top: boolean) =>
  useQuery({ ...headQuery(list), ...stillBelow(top), placeholderData: keepPreviousData, refetchInterval: top ? 5000 : false });

/**
 * Returns the rows of a report. It loads the rows from first to last, and two pages after
 * them. New rows are loaded only at the very top of the list. Further down, they would
 * move the rows under the pointer, also if the window gets the focus or the connection
 * comes back.
 */
export function useRows(list: List, first: number, last: number, top: boolean): Rows {
  const client = useQueryClient();
  const still = stillBelow(top);
  const head = useHead(list, top);
  const count = head.data?.totals.count ?? 0;
  const ready = head.data !== undefined && !head.isPlaceholderData;
  // The boundaries are loaded with the first step down the list, before a jump needs them.
  useQuery({ ...boundariesQuery(list), enabled: ready && first > 0 && count > long && Boolean(list.boundaries) });
  const from = Math.floor(first / pageSize);
  const to = Math.min(Math.ceil(count / pageSize) - 1, Math.floor(Math.max(first, last - 1) / pageSize) + 2);
  const numbers: number[] = [];
  for (let page = Math.max(1, from); page <= to; page++) numbers.push(page);
  const others = useQueries({
    queries: (ready ? numbers : []).map((page) => ({ ...pageQuery(client, list, head.data, page), ...still })),
    combine: (results) => ({
      pages: new Map(results.map((result, at) => [numbers[at]!, result.data])),
      error: results.find((result) => result.isError)?.error,
      again: () => results.forEach((result) => result.isError && void result.refetch()),
    }),
  });
  return {
    count,
    lines: count,
    totals: head.data?.totals,
    row: (index) => {
      const page = Math.floor(index / pageSize);
      return (page === 0 ? head.data : others.pages.get(page))?.data[index % pageSize];
    },
    error: head.error ?? others.error,
    pending: head.isPending,
    stale: head.isPlaceholderData,
    again: () => {
      if (head.isError) void head.refetch();
      others.again();
    },
  };
}
