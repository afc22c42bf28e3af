// How numbers are shown. Every function takes the wire's text or number and
// never computes with it.
import { decimal, digits, multiply, quotient, round, shortest, text, type Decimal } from "./decimal";
import { locale } from "./locale";

export type Value = string | number;

const minus = "\u2212";
const formats = new Map<string, Intl.NumberFormat>();

function write(value: string, options: Intl.NumberFormatOptions): string {
  const key = locale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), options);
    formats.set(key, format);
  }
  return format.format(value as Intl.StringNumericLiteral).replace("-", minus);
}

const fixed = (value: string, places: number, more: Intl.NumberFormatOptions = {}) =>
  write(value, { minimumFractionDigits: places, maximumFractionDigits: places, ...more });

/** Money in lists: two places. A difference or a ledger line also has a plus. */
export function money(value: Value, signed = false): string {
  return fixed(text(round(decimal(value), 2)), 2, signed ? { signDisplay: "exceptZero" } : {});
}

/** Money that can be used: cut, because nobody can withdraw what is not there. */
export function free(value: Value): string {
  return fixed(text(round(decimal(value), 2, "cut")), 2);
}

/** Money as the ledger has it: six places. */
export function exact(value: Value, signed = false): string {
  return fixed(digits(value), 6, signed ? { signDisplay: "exceptZero" } : {});
}

/** Lots: two places at least, and all that there are. */
export function lots(value: Value): string {
  return all(value, 2);
}

/** A number with all the places that it has. */
export function all(value: Value, least = 0): string {
  const plain = shortest(decimal(value), least);
  return fixed(plain, plain.split(".")[1]?.length ?? 0);
}

/** Volume in millions of USD. */
export function volume(value: Value): string {
  return fixed(text(round(decimal(value), 4)), 4);
}

export function count(value: Value): string {
  return write(digits(value), { maximumFractionDigits: 0 });
}

/** A percent with one place at most. */
export function percent(value: Value, signed = false): string {
  const plain = shortest(round(decimal(value), 1));
  return `${fixed(plain, plain.includes(".") ? 1 : 0, signed ? { signDisplay: "exceptZero" } : {})}%`;
}

/** A percent that someone has set: both places that it may have. */
export const setPercent = (value: Value): string => `${all(value)}%`;

/** What part of a whole an amount is. */
export function partOf(part: Value, whole: Value): string {
  const of = decimal(whole);
  return of.units === 0n ? "–" : percent(text(quotient(multiply(decimal(part), decimal(100)), of, 3)));
}

/** The change from one amount to another in percent; nothing from zero. */
export function change(from: Decimal, to: Decimal): string | undefined {
  if (from.units <= 0n) return undefined;
  const places = Math.max(from.places, to.places);
  const a = round(from, places).units;
  const b = round(to, places).units;
  return percent(text({ units: ((b - a) * 10000n) / a, places: 2 }), true);
}
