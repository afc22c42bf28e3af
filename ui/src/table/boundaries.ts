// Loads the boundaries of a long list, by which a jump is as fast as a first page.
import type { QueryClient } from "@tanstack/react-query";
import { get } from "../api/client";
import type { List } from "./pages";
import type { Boundaries } from "./place";

export function boundariesQuery({ path, query, boundaries = "" }: List) {
  return {
    queryKey: ["report boundaries", path, query] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) => get<Boundaries>(boundaries, { query: new URLSearchParams(query).toString() }, signal),
    staleTime: 300_000,
    gcTime: 300_000,
    retry: false,
  };
}

/** The first page of a list: how many rows the list had then, and when that was. */
interface Read {
  count: number;
  read: number;
}

/**
 * Returns boundaries that fit a first page. If they have more rows than it, rows have come
 * since the first page, or rows have vanished since the boundaries at an
 * unknown place. In the second case the boundaries are loaded again.
 */
export async function currentBoundaries(client: QueryClient, list: List, { count, read }: Read): Promise<Boundaries | undefined> {
  const query = boundariesQuery(list);
  try {
    const stored = await client.ensureQueryData(query);
    const older = (client.getQueryState(query.queryKey)?.dataUpdatedAt ?? 0) <= read;
    return older && stored.totals.count > count ? await client.fetchQuery({ ...query, staleTime: 0 }) : stored;
  } catch {
    return undefined; // an offset finds the page as well, but slowly
  }
}
