// Formats numbers. Every function takes a text or number from the API and only
// rounds it.
import { decimal, digits, multiply, quotient, round, shortest, text, type Decimal } from "./decimal";
import { locale } from "./locale";

export type Value = string | number;

const minus = "\u2212";
const formats = new Map<string, Intl.NumberFormat>();

function write(value: string, options: Intl.NumberFormatOptions): string {
  const key = locale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), { useGrouping: "always", ...options });
    formats.set(key, format);
  }
  return format.format(value as Intl.StringNumericLiteral).replace("-", minus);
}

const fixed = (value: string, places: number, more: Intl.NumberFormatOptions = {}) =>
  write(value, { minimumFractionDigits: places, maximumFractionDigits: places, ...more });

/** Formats money with two decimal places. If signed is true, a positive amount gets a plus sign. */
export function money(value: Value, signed = false): string {
  return fixed(text(round(decimal(value), 2)), 2, signed ? { signDisplay: "exceptZero" } : {});
}

/**
 * Formats money that the partner can withdraw. It truncates instead of rounding,
 * because the partner cannot withdraw more than the amount.
 */
export function free(value: Value): string {
  return fixed(text(round(decimal(value), 2, "cut")), 2);
}

/** Formats money with six decimal places, as in the ledger. */
export function exact(value: Value, signed = false): string {
  return fixed(digits(value), 6, signed ? { signDisplay: "exceptZero" } : {});
}

/** Formats lots with at least two decimal places, and more if the number has more. */
export function lots(value: Value): string {
  return all(value, 2);
}

/** Formats a number with all its decimal places. */
export function all(value: Value, least = 0): string {
  const plain = shortest(decimal(value), least);
  return fixed(plain, plain.split(".")[1]?.length ?? 0);
}

/** Formats a volume in millions of USD. */
export function volume(value: Value): string {
  return fixed(text(round(decimal(value), 4)), 4);
}

export function count(value: Value): string {
  return write(digits(value), { maximumFractionDigits: 0 });
}

/** Adds the percent sign in the form of the language. */
function withSign(written: string): string {
  return new Intl.NumberFormat(locale(), { style: "percent" }).format(0).replace("0", written);
}

/** Formats a percentage with at most one decimal place. */
export function percent(value: Value, signed = false): string {
  const plain = shortest(round(decimal(value), 1));
  return withSign(fixed(plain, plain.includes(".") ? 1 : 0, signed ? { signDisplay: "exceptZero" } : {}));
}

/** Formats a percentage that someone has set, with all its decimal places. */
export const setPercent = (value: Value): string => withSign(all(value));

/** Returns what percentage of a whole an amount is. */
export function partOf(part: Value, whole: Value): string {
  const of = decimal(whole);
  return of.units === 0n ? "–" : percent(text(quotient(multiply(decimal(part), decimal(100)), of, 3)));
}

/** Returns the change from one amount to another in percent, or undefined if it starts at zero. */
export function change(from: Decimal, to: Decimal): string | undefined {
  if (from.units <= 0n) return undefined;
  const places = Math.max(from.places, to.places);
  const a = round(from, places).units;
  const b = round(to, places).units;
  return percent(text({ units: ((b - a) * 10000n) / a, places: 2 }), true);
}
