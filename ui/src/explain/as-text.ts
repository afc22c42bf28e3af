import { t } from "@lingui/core/macro";
import { digits } from "../lib/decimal";
import { explain, type Order } from "./formula";

/** The explanation as lines of text, for a mail. */
export function asText(order: Order): string {
  const explained = explain(order);
  const lines = [
    t`Order ${order.order_id}, ${order.symbol}`,
    t`Reward: ${digits(order.reward_usd)} USD`,
    `${order.open_date} → ${order.close_date}`,
    explained?.words ?? order.formula_code,
  ];
  for (const block of explained?.blocks ?? []) {
    for (const line of block.lines) lines.push(`  ${line.name}: ${line.value}${line.unit ?? ""} (${line.from})`);
    lines.push(`= ${block.result.name}: ${block.result.value} (${block.result.note})`);
  }
  return lines.join("\n");
}

/** The call that gives the same inputs to a program. */
export function asCall(order: Order): string {
  return `curl -s -H "Authorization: JWT $TOKEN" '${location.origin}/api/reports/orders/${order.formula_code}/${order.order_id}/'`;
}
