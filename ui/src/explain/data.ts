import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import { asProblem, Problem } from "../api/problem";
import { plusDays } from "../lib/time";
import type { Row } from "../table/cell";
import type { Page } from "../table/pages";
import type { Order } from "./formula";

const formulas = ["formula_classic_v2", "formula_ecn", "formula_institutional_avg", "formula_forex", "formula_cfd", "formula_classic"];

async function inputs(id: string, formula: string | undefined, signal: AbortSignal): Promise<Order> {
  for (const code of formula ? [formula] : formulas) {
    try {
      return await get<Order>(`/api/reports/orders/${code}/${encodeURIComponent(id)}/`, {}, signal);
    } catch (error) {
      if (asProblem(error).status !== 404) throw error; // the order has another formula, so this path returns 404
    }
  }
  throw new Problem(404, "NotFound", "Not found");
}

/**
 * Loads the inputs of an order's reward. If the formula is unknown, it tries each
 * formula's path.
 */
export const useOrder = (id: string, formula?: string) =>
  useQuery({ queryKey: ["order", id], queryFn: ({ signal }) => inputs(id, formula, signal), staleTime: 300_000 });

/** Loads the rows of the orders report for an order: the order itself and its reversals. */
export const useOrderRows = (order?: Order) =>
  useQuery({
    queryKey: ["order-rows", order?.order_id],
    enabled: order !== undefined,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const close = order!.close_date.slice(0, 10);
      const query = { symbol: order!.symbol, date_from: plusDays(close, -1), date_to: plusDays(close, 60), limit: "1000", ordering: "close_date" };
      const page = await get<Page>("/api/reports/orders/", query, signal);
      return page.data.filter((row: Row) => row.order_id === order!.order_id);
    },
  });
