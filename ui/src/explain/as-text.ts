import { t } from "@lingui/core/macro";
import { digits } from "../lib/decimal";
import { explain, type Order } from "./formula";

/** Returns the explanation as lines of text, so that it can be sent in a mail. */
export function asText(order: Order): string {
  const explained = explain(order);
  const lines = [
    t`Order ${{ id: order.order_id }}, ${{ symbol: order.symbol }}`,
    t`Reward: ${{ amount: digits(order.reward_usd) }} USD`,
    `${order.open_date} → ${order.close_date}`,
    explained?.words ?? order.formula_code,
  ];
  for (const block of explained?.blocks ?? []) {
    for (const line of block.lines) lines.push(`  ${line.name}: ${line.value}${line.unit ?? ""} (${line.from})`);
    lines.push(`= ${block.result.name}: ${block.result.value} (${block.result.note})`);
  }
  return lines.join("\n");
}

/** Returns the API request with which a program reads the same inputs. */
export function asCall(order: Order): string {
  return `curl -s -H "Authorization: JWT $TOKEN" '${location.origin}/api/reports/orders/${order.formula_code}/${order.order_id}/'`;
}
