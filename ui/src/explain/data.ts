import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import { Problem } from "../api/problem";
import { queries } from "../api/queries";
import { isReversal } from "../reports/cells";
import type { Page } from "../table/pages";
import type { Order } from "./formula";

/** Selects the rows of an order in the orders report: the order and its reversals. */
const rowsOf = (id: string) => ({
  queryKey: ["order-rows", id],
  staleTime: 60_000,
  queryFn: async () => (await get<Page>("/api/reports/orders/", { order_id: id })).data,
});

export const useOrderRows = (id: string) => useQuery(rowsOf(id));

async function inputs(id: string, known: string | undefined, signal: AbortSignal): Promise<Order> {
  const formula = known ?? (await queries.fetchQuery(rowsOf(id))).find((row) => !isReversal(row))?.formula_code;
  if (formula === undefined) throw new Problem(404, "NotFound", "Not found");
  return get<Order>(`/api/reports/orders/${formula}/${encodeURIComponent(id)}/`, {}, signal);
}

/** Loads the inputs of an order's reward. The path contains the formula, which is in the order's row. */
export const useOrder = (id: string, formula?: string) =>
  useQuery({ queryKey: ["order", id], queryFn: ({ signal }) => inputs(id, formula, signal), staleTime: 300_000 });
