// Computes a reward from the inputs that the server stored, in the order in which
// the server multiplies them. Their product equals the reward to the last digit.
import { t } from "@lingui/core/macro";
import { add, compare, decimal, multiply, quotient, round, shortest, text, type Decimal } from "../lib/decimal";
import { all, exact, money } from "../lib/format";
import { duration } from "../lib/time";

/** The inputs of an order's reward, as the API returns them. */
export interface Order {
  order_id: string;
  symbol: string;
  formula_code: string;
  volume_lots: number;
  volume_mln_usd: number;
  reward_usd: number;
  reward: number;
  currency: string;
  open_spread: number | null;
  close_spread: number | null;
  avg_spread: number | null;
  open_date: string;
  close_date: string;
  client_account_type: string;
  reward_percentage: number;
  bonus_k: number;
  contract_size: number;
  point_size: string;
  point_cost_currency: string;
  reward_qty: number | null;
  reward_qty_currency: string;
  partner_account: string;
  quote_rate_usd: number;
  account_rate: number;
  amount_per_lot: number;
  plan: string;
  level: string;
  limited_by?: string | null; // what kept the reward below the result of the formula
  cap_per_order_usd?: number | null;
  min_order_life_seconds?: number | null;
}

export interface Line {
  name: string;
  value: string; // exact digits
  unit?: "%";
  divides?: boolean; // the line divides what is above instead of multiplying it
  from: string; // says where the value comes from
}

export interface Block {
  lines: Line[];
  result: { name: string; value: string; note: string };
}

export interface Explained {
  words: string; // formula in words
  blocks: Block[];
  product: Decimal; // in USD, rounded as the server rounds rewards
  limited: boolean; // true if the reward is less than the product
}

const two = decimal(2);
const plain = (value: number | string) => shortest(decimal(value));

/** Returns the spread that applies to the order, and the text that says where it comes from. */
function spread(order: Order): { value: Decimal; from: string } {
  const [open, close, avg] = [order.open_spread ?? 0, order.close_spread ?? 0, order.avg_spread ?? 0];
  switch (order.formula_code) {
    case "formula_classic":
      return { value: decimal(open), from: t`the spread at open` };
    case "formula_institutional_avg":
      return { value: decimal(avg), from: t`the instrument’s average` };
    default: {
      const sum = add(decimal(open), decimal(close));
      return { value: quotient(sum, two, sum.places + 1), from: t`(${{ open: plain(open) }} at open + ${{ close: plain(close) }} at close) / 2` };
    }
  }
}

function words(order: Order): string {
  if (order.formula_code === "formula_ecn") return t`reward = lots × amount for one lot`;
  const spreads: Record<string, string> = {
    formula_classic: t`open spread`,
    formula_institutional_avg: t`average spread`,
  };
  const counted = spreads[order.formula_code] ?? t`(open spread + close spread) / 2`;
  return order.point_cost_currency === "USD"
    ? t`reward = lots × contract × point × ${counted} × percent × bonus`
    : t`reward = lots × contract × point × ${counted} × percent × bonus × rate`;
}

/** Returns the lines that explain an order's reward, or undefined for an unknown formula. */
export function explain(order: Order): Explained | undefined {
  const ecn = order.formula_code === "formula_ecn";
  const known = /^formula_(classic|classic_v2|institutional_avg|forex|cfd|ecn)$/.test(order.formula_code);
  if (!known) return undefined;
  const lots: Line = { name: t`Lots`, value: plain(order.volume_lots), from: t`the order’s, in standard lots` };
  const whole = ecn
    ? multiply(decimal(order.volume_lots), decimal(order.amount_per_lot))
    : multiply(inQuote(order).product, decimal(order.quote_rate_usd));
  const product = round(whole, 6);
  const usd = { name: t`Reward, USD`, value: text(product), note: t`rounded once, half to even, at 6 places` };
  const blocks: Block[] = ecn
    ? [{ lines: [lots, { name: t`Amount for one lot`, value: plain(order.amount_per_lot), from: t`level ${{ level: order.level }}, in USD` }], result: usd }]
    : spreadBlocks(order, lots, usd);
  const limited = Boolean(order.limited_by) || compare(decimal(order.reward_usd), product) !== 0;
  const account = order.currency === "USD" || limited ? [] : [conversion(order, product)];
  return { words: words(order), blocks: [...blocks, ...account], product, limited };
}

/** Says why a reward is less than the product. */
export function whyLess(order: Order, product: Decimal): string {
  const life = order.min_order_life_seconds;
  switch (order.limited_by) {
    case "min_order_life":
      return life ? t`It was open for ${{ time: duration(order.open_date, order.close_date) }}; the plan asks for at least ${life} s.` : t`It was open for ${{ time: duration(order.open_date, order.close_date) }}; the plan asks for longer.`;
    case "capped":
      return t`The plan pays at most ${{ most: money(order.cap_per_order_usd ?? order.reward_usd) }} USD for one order; without it ${{ without: money(text(product)) }}.`;
    case "no_spread":
      return t`Open and close spread were 0, and the account is paid by the spread.`;
    case "symbol_not_in_plan":
      return t`The plan pays nothing for ${{ symbol: order.symbol }}.`;
    case "no_reward_type":
      return t`The plan pays nothing for accounts of type ${{ type: order.client_account_type }}.`;
    case "below_place":
      return t`It came to less than ${{ amount: all("0.0000005") }} USD.`;
    default:
      return t`The plan limits this reward. It paid ${{ paid: exact(order.reward_usd) }} USD; without the limit it would have been ${{ without: exact(text(product)) }} USD.`;
  }
}

function inQuote(order: Order): { product: Decimal; spread: ReturnType<typeof spread> } {
  const counted = spread(order);
  const percent = quotient(decimal(order.reward_percentage), decimal(100), decimal(order.reward_percentage).places + 2);
  return {
    spread: counted,
    product: multiply(decimal(order.volume_lots), decimal(order.contract_size), decimal(order.point_size), counted.value, percent, decimal(order.bonus_k)),
  };
}

function spreadBlocks(order: Order, lots: Line, usd: Block["result"]): Block[] {
  const { product, spread: counted } = inQuote(order);
  const lines: Line[] = [
    lots,
    { name: t`Contract size`, value: plain(order.contract_size), from: t`${{ symbol: order.symbol }}, at the close` },
    { name: t`Point size`, value: plain(order.point_size), from: t`the same` },
    { name: t`Spread, points`, value: shortest(counted.value), from: counted.from },
    { name: t`Your level`, value: plain(order.reward_percentage), unit: "%", from: order.level },
    { name: t`Bonus`, value: plain(order.bonus_k), from: t`plan ${{ plan: order.plan.slice(0, 8) }}` },
  ];
  const quote = order.point_cost_currency;
  if (quote === "USD") return [{ lines, result: usd }];
  const value = shortest(product);
  return [
    { lines, result: { name: t`in ${quote}`, value, note: t`not rounded` } },
    {
      lines: [
        { name: t`in ${quote}`, value, from: t`from above` },
        { name: t`${quote} in USD`, value: plain(order.quote_rate_usd), from: t`the rate of the close’s day` },
      ],
      result: usd,
    },
  ];
}

/** Returns the lines that convert the amount to the currency of the partner's account. */
function conversion(order: Order, product: Decimal): Block {
  const rate = decimal(order.account_rate);
  const value = rate.units === 0n ? text(decimal(order.reward)) : text(quotient(product, rate, 6));
  return {
    lines: [
      { name: t`Reward, USD`, value: text(product), from: t`from above` },
      { name: t`divided by ${{ currency: order.currency }} in USD`, divides: true, value: plain(order.account_rate), from: t`the rate of the close’s day` },
    ],
    result: { name: t`Reward, ${{ currency: order.currency }}`, value, note: t`rounded half to even, at 6 places` },
  };
}
