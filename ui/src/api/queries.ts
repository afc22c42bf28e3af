// The queries that several screens use.
import { MutationCache, QueryClient, useQuery, type Query } from "@tanstack/react-query";
import { useRef } from "react";
import { setToday } from "../lib/now";
import { api, get, value } from "./client";
import { asProblem, type Problem } from "./problem";

/**
 * Loads everything on the screen again after a change whose outcome is unknown, because
 * the change may have taken effect. A query with meta.once is a POST, and is not
 * repeated.
 */
const changes = new MutationCache({
  onError: (error) => {
    if (asProblem(error).unknown) void queries.invalidateQueries({ predicate: (query) => !query.meta?.once });
  },
});

export const queries: QueryClient = new QueryClient({
  mutationCache: changes,
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => {
        const problem = asProblem(error);
        return failures < 2 && (problem.offline || problem.status >= 500 || problem.status === 429);
      },
      retryDelay: (failures, error) => (asProblem(error).retryAfter ?? failures + 1) * 1000,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/**
 * Whether a query is asked again after a lost connection. A query with meta.once is
 * asked again only if it failed, because a second approval would have another code
 * than the one in the mail. A query with meta.live is never asked again here: it waits
 * for news, and it continues after the last news that it has. A query with meta.still is
 * asked again only if it has no data, because its rows must stay where they are.
 */
export const mayAskAgain = ({ meta, state }: Pick<Query, "meta"> & { state: { status: string; data?: unknown } }): boolean =>
  !meta?.live && (!meta?.once || state.status === "error") && !(meta?.still && state.data !== undefined);

/** Asks again for what is on the screen, as after a lost connection. */
export const askAgain = () => void queries.refetchQueries({ type: "active", predicate: mayAskAgain });

export const useSummary = () =>
  useQuery({
    queryKey: ["summary"],
    queryFn: async () => {
      const summary = await value(api.GET("/api/partner/summary/"));
      setToday(summary.level_progress.from);
      return summary;
    },
    refetchInterval: 30_000,
  });

export const useProfile = () => useQuery({ queryKey: ["profile"], queryFn: () => value(api.GET("/api/partner/profile/")), staleTime: 600_000 });

/**
 * Returns why a query has no data. The query itself forgets its error with each new try,
 * so a panel would show nothing meanwhile.
 */
export function useProblem({ data, error }: { data: unknown; error: Error | null }): Problem | undefined {
  const last = useRef<Error>(undefined);
  if (error) last.current = error;
  return data === undefined && last.current ? asProblem(last.current) : undefined;
}

/** Loads the number of rebates that wait for approval. A partner may not be allowed to use rebates. */
export const usePendingRebates = () =>
  useQuery({
    queryKey: ["rebates", "pending"],
    queryFn: () => value(api.GET("/api/v2/autorebates/rebates/", { params: { query: { status: ["pending"], limit: 1000, ordering: ["expires"] } } })),
    refetchInterval: 60_000,
  });

export interface CatalogueColumn {
  name: string;
  type: string;
  nullable: boolean;
  shown: boolean;
  orderable: boolean;
  filters: string[];
  description?: string;
}

export interface CatalogueReport {
  id: string;
  path: string;
  filters_path?: string;
  boundaries_path?: string;
  title: string;
  description: string;
  paged: boolean;
  cursors: boolean;
  default_ordering: string[];
  aggregate_by?: string[];
  columns: CatalogueColumn[];
  totals: { name: string; type: string; description?: string }[];
}

/** Loads the catalogue of reports, which describes every report to the table. */
export const useCatalogue = () =>
  useQuery({
    queryKey: ["catalogue"],
    queryFn: ({ signal }) => get<{ data: CatalogueReport[] }>("/api/v1/reports/", {}, signal),
    staleTime: Infinity,
    select: (answer) => answer.data,
  });
