// Exact decimals. The page never converts money to a floating-point number, from
// the API's response to the screen.

/** A decimal with the value units / 10^places. */
export interface Decimal {
  units: bigint;
  places: number;
}

/**
 * Returns a number from the API as plain digits. Such a number has at most 15
 * digits, so parsing JSON does not change them.
 */
export function digits(value: string | number): string {
  const text = String(value);
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/i.exec(text);
  if (!parts) return text;
  const [, sign = "", whole = "", rest = "", power = "0"] = parts;
  const shift = Number(power);
  const all = whole + rest;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${all}`;
  if (point >= all.length) return sign + all + "0".repeat(point - all.length);
  return `${sign}${all.slice(0, point)}.${all.slice(point)}`;
}

export function decimal(value: string | number): Decimal {
  const parts = /^(-?)(\d+)(?:\.(\d*))?$/.exec(digits(value));
  if (!parts) throw new RangeError(`not a decimal: ${value}`);
  const [, sign, whole = "0", rest = ""] = parts;
  const units = BigInt(whole + rest);
  return { units: sign ? -units : units, places: rest.length };
}

function scaled(value: Decimal, places: number): bigint {
  return value.units * 10n ** BigInt(places - value.places);
}

export function add(...values: Decimal[]): Decimal {
  const places = Math.max(0, ...values.map((value) => value.places));
  return { units: values.reduce((sum, value) => sum + scaled(value, places), 0n), places };
}

export function negated(value: Decimal): Decimal {
  return { units: -value.units, places: value.places };
}

export function multiply(...values: Decimal[]): Decimal {
  return values.reduce(
    (product, value) => ({ units: product.units * value.units, places: product.places + value.places }),
    { units: 1n, places: 0 },
  );
}

export function compare(a: Decimal, b: Decimal): number {
  const places = Math.max(a.places, b.places);
  const difference = scaled(a, places) - scaled(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export type Rounding = "even" | "cut";

/** Divides one decimal by another and rounds the result once. */
export function quotient(of: Decimal, by: Decimal, places: number, rounding: Rounding = "even"): Decimal {
  if (by.units === 0n) throw new RangeError("division by zero");
  const shift = places + by.places - of.places;
  const above = shift >= 0 ? of.units * 10n ** BigInt(shift) : of.units;
  const below = shift >= 0 ? by.units : by.units * 10n ** BigInt(-shift);
  return { units: rounded(above, below, rounding), places };
}

export function round(value: Decimal, places: number, rounding: Rounding = "even"): Decimal {
  if (places >= value.places) return { units: scaled(value, places), places };
  return quotient(value, { units: 1n, places: 0 }, places, rounding);
}

function rounded(above: bigint, below: bigint, rounding: Rounding): bigint {
  const negative = above < 0n !== below < 0n;
  const a = above < 0n ? -above : above;
  const b = below < 0n ? -below : below;
  let whole = a / b;
  const rest = a % b;
  if (rounding === "even") {
    const twice = rest * 2n;
    if (twice > b || (twice === b && whole % 2n === 1n)) whole += 1n;
  }
  return negative ? -whole : whole;
}

/** Writes a decimal with all its decimal places. */
export function text(value: Decimal): string {
  const negative = value.units < 0n;
  const all = (negative ? -value.units : value.units).toString().padStart(value.places + 1, "0");
  const whole = all.slice(0, all.length - value.places);
  const rest = value.places ? `.${all.slice(all.length - value.places)}` : "";
  return (negative ? "-" : "") + whole + rest;
}

/** Writes a decimal without zeros at its end, but with at least `least` decimal places. */
export function shortest(value: Decimal, least = 0): string {
  let { units, places } = value;
  while (places > least && units % 10n === 0n) {
    units /= 10n;
    places -= 1;
  }
  return text(places < least ? round({ units, places }, least) : { units, places });
}

/** Returns a value's share of whole, from 0 to 1. It is inexact, so use it only for drawing. */
export function share(value: Decimal, whole: Decimal): number {
  if (whole.units === 0n) return 0;
  return Number(quotient(value, whole, 6).units) / 1e6;
}
