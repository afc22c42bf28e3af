// Loads the pages of a report around the rows on the screen.
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { Row } from "./cell";

export const pageSize = 100;

export interface Page {
  data: Row[];
  totals: Row & { count: number };
}

export interface Rows {
  count: number;
  totals?: Page["totals"];
  row: (index: number) => Row | undefined;
  error: unknown;
  pending: boolean; // true until the first page is loaded
  stale: boolean; // true while the rows of the previous view are still shown
  again: () => void;
}

function pageQuery(path: string, query: Record<string, string>, page: number) {
  return {
    queryKey: ["report", path, query, page] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<Page>(path, { ...query, limit: String(pageSize), offset: String(page * pageSize) }, signal),
    staleTime: 30_000,
    gcTime: 60_000,
  };
}

/** Returns the rows of a report. It loads the rows from first to last, and two pages after them. */
export function useRows(path: string, query: Record<string, string>, first: number, last: number): Rows {
  // Load new rows only at the top of the list. Further down, they would move the
  // rows under the pointer.
  const head = useQuery({ ...pageQuery(path, query, 0), placeholderData: keepPreviousData, refetchInterval: first === 0 ? 5000 : false });
  const count = head.data?.totals.count ?? 0;
  const from = Math.floor(first / pageSize);
  const to = Math.min(Math.ceil(count / pageSize) - 1, Math.floor(Math.max(first, last - 1) / pageSize) + 2);
  const numbers: number[] = [];
  for (let page = Math.max(1, from); page <= to; page++) numbers.push(page);
  const others = useQueries({
    queries: (head.isPlaceholderData ? [] : numbers).map((page) => pageQuery(path, query, page)),
    combine: (results) => ({
      pages: new Map(results.map((result, at) => [numbers[at]!, result.data])),
      error: results.find((result) => result.isError)?.error,
      again: () => results.forEach((result) => result.isError && void result.refetch()),
    }),
  });
  return {
    count,
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
