// The feed of events, which programs read too: GET /api/v1/events/.
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, get, value } from "../api/client";
import { asProblem, type Problem } from "../api/problem";

export interface Event {
  id: string;
  type: string;
  timestamp: string;
  data: object;
}

interface Part {
  data: Event[];
  next_cursor: string;
  has_more: boolean;
}

/** How many events a list holds. The farthest ones leave it. */
export const most = 500;

const page = 50;

/** How many seconds the server waits for an event. */
const wait = 20;

export const useEventTypes = () =>
  useQuery({ queryKey: ["event-types"], queryFn: async () => (await value(api.GET("/api/v1/events/types/"))).data, staleTime: Infinity });

const fetchPart = (query: Record<string, string>, type: string, signal: AbortSignal) =>
  get<Part>("/api/v1/events/", { limit: String(page), ...query, ...(type ? { type } : {}) }, signal);

/** Loads the stored events from the oldest on, in parts. */
export const useStored = (type: string) =>
  useInfiniteQuery({
    queryKey: ["events", "oldest", type],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => fetchPart(pageParam ? { cursor: pageParam } : {}, type, signal),
    getNextPageParam: (last) => last.next_cursor,
    maxPages: most / page,
    gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false, meta: { once: true },
  });

interface News {
  events: Event[]; // newest first
  many: number; // how many have happened, also those that have left the list
  cursor: string;
}

/** Waits for the events after those of before, and returns all of them. */
export async function follow(before: News | undefined, type: string, signal: AbortSignal): Promise<News> {
  const part = await fetchPart(before ? { cursor: before.cursor, wait: String(wait) } : { cursor: "latest" }, type, signal);
  return {
    events: [...part.data.toReversed(), ...(before?.events ?? [])].slice(0, most),
    many: (before?.many ?? 0) + part.data.length,
    cursor: part.next_cursor,
  };
}

/** Whether a failure may pass without a change by the partner. */
const mayPass = ({ offline, status }: Problem) => offline || status >= 500 || status === 429;

/** Waits for events from now on, again and again. After a failure, it continues after the last event. */
export function useNews(type: string) {
  const queries = useQueryClient();
  const queryKey = ["events", "latest", type];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => follow(queries.getQueryData<News>(queryKey), type, signal),
    refetchInterval: ({ state }) => (state.error === null ? 500 : mayPass(asProblem(state.error)) ? 5000 : false),
    gcTime: 0, staleTime: Infinity, structuralSharing: false, refetchOnWindowFocus: false, meta: { once: true, live: true },
  });
}
