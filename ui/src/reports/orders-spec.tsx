import { t } from "@lingui/core/macro";
import { clock, dateOf } from "../lib/time";
import { lots } from "../lib/format";
import type { Spec } from "../table/spec";
import { accountLink, clientLink, formulaCell, isReversal, outcomeCell } from "./cells";

/** The list has one row for each closed order, and one for each reversal. */
export const ordersSpec = (): Spec => ({
  columns: ["close_date", "order_id", "client_account", "client_account_type", "symbol", "volume_lots", "volume_mln_usd", "formula_code", "reward_usd"],
  beside: ["close_date", "order_id", "volume_lots", "reward_usd"],
  always: "reward_usd",
  key: (row) => String(row.order_id) + (isReversal(row) ? "~" : ""),
  open: "sel",
  title: { formula_code: t`How it was worked out` },
  cell: {
    client_account: accountLink,
    client_uid: clientLink,
    formula_code: formulaCell,
    outcome: outcomeCell,
    order_id: (row) => <span class="id">{String(row.order_id)}</span>,
  },
  phone: (row) => ({
    title: `${row.symbol} · ${clock(String(row.close_date))}`,
    sub: t`${{ day: dateOf(String(row.close_date), false) }} · ${{ account: String(row.client_account) }} · ${{ lots: lots(row.volume_lots as number) }} lots`,
  }),
});

/** Returns the order's key from a row's key. The key of a reversal ends with a tilde. */
export const orderOf = (key: string) => key.replace(/~$/, "");
