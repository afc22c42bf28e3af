import { i18n } from "@lingui/core";
import { beforeAll, describe, expect, it } from "vitest";
import { decimal, multiply, round, text } from "../lib/decimal";
import { explain, whyLess, type Order } from "./formula";

beforeAll(() => {
  i18n.load("en", {});
  i18n.activate("en");
});

const order = (more: Partial<Order>): Order => ({
  order_id: "MT5Real1:1", symbol: "EURUSD", formula_code: "formula_classic_v2", volume_lots: 1, volume_mln_usd: 0.1, reward_usd: 1.75, reward: 1.75,
  currency: "USD", open_spread: 8, close_spread: 9.5, avg_spread: 8, open_date: "2026-11-27T12:14:15Z", close_date: "2026-11-27T12:17:05Z",
  client_account_type: "Standard", reward_percentage: 20, bonus_k: 1, contract_size: 100000, point_size: "0.00001", point_cost_currency: "USD",
  reward_qty: 1.75, reward_qty_currency: "USD", partner_account: "1", quote_rate_usd: 1, account_rate: 1, amount_per_lot: 0,
  plan: "7c2d91aa-0000-4000-8000-000000000000", level: "Advanced", ...more,
});

// These are the worked examples in docs/rewards.md.
describe("the explanation of a reward", () => {
  it("has lines whose product is the reward", () => {
    const explained = explain(order({}))!;
    expect(text(explained.product)).toBe("1.750000");
    expect(explained.limited).toBe(false);
    expect(explained.blocks).toHaveLength(1);
    const factors = explained.blocks[0]!.lines.map((line) => decimal(line.value));
    expect(text(round({ ...multiply(...factors), places: multiply(...factors).places + 2 }, 6))).toBe("1.750000");
  });

  it("explains a conversion in a separate block", () => {
    const explained = explain(order({
      formula_code: "formula_institutional_avg", symbol: "USDJPY", point_size: "0.001", avg_spread: 12.5, point_cost_currency: "JPY",
      quote_rate_usd: 0.006666666667, currency: "EUR", account_rate: 1.085, reward_usd: 1.666667, reward: 1.536099,
    }))!;
    expect(explained.blocks.map((block) => block.result.value)).toEqual(["250", "1.666667", "1.536099"]);
    expect(explained.limited).toBe(false);
  });

  it("uses the average of the open and close spread", () => {
    const explained = explain(order({
      symbol: "GBPJPYm", volume_lots: 0.35, point_size: "0.001", open_spread: 23.2, close_spread: 61.1, reward_percentage: 36,
      point_cost_currency: "JPY", quote_rate_usd: 0.006227232, reward_usd: 3.307221,
    }))!;
    expect(explained.blocks[0]!.lines[3]!.value).toBe("42.15");
    expect(explained.blocks[0]!.result.value).toBe("531.09");
    expect(text(explained.product)).toBe("3.307221");
  });

  it("explains a formula with an amount for one lot", () => {
    const explained = explain(order({ formula_code: "formula_ecn", volume_lots: 0.4, amount_per_lot: 4.375, reward_usd: 1.75 }))!;
    expect(text(explained.product)).toBe("1.750000");
    expect(explained.blocks[0]!.lines).toHaveLength(2);
  });

  it("reports that a reward was limited", () => {
    expect(explain(order({ reward_usd: 0, reward: 0 }))!.limited).toBe(true);
    expect(explain(order({ formula_code: "formula_new" }))).toBeUndefined();
  });

  it("says why, as far as the API tells it", () => {
    const words = (more: Partial<Order>) => whyLess(order(more), decimal("1.750000"));
    expect(words({ limited_by: "min_order_life", min_order_life_seconds: 300, reward_usd: 0 })).toBe("It was open for 2 min 50 s; the plan asks for at least 300 s.");
    expect(words({ limited_by: "capped", cap_per_order_usd: 1.5, reward_usd: 1.5 })).toBe("The plan pays at most 1.50 USD for one order; without it 1.75.");
    expect(words({ limited_by: "symbol_not_in_plan", symbol: "BTCUSD" })).toBe("The plan pays nothing for BTCUSD.");
    expect(explain(order({ limited_by: "no_reward_type", reward_percentage: 0, reward_usd: 0, reward: 0 }))!.limited).toBe(true);
    expect(words({ reward_usd: 0 })).toBe("The plan limits this reward. It paid 0.000000 USD; without the limit it would have been 1.750000 USD.");
  });
});
