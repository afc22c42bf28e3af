import { add, compare, decimal, negated, shortest, text, type Decimal } from "../lib/decimal";
import { decimalMark, latinDigits } from "../lib/locale";

/**
 * Reads an amount that a person typed. It may have at most two decimal places and no
 * sign. A mark before three digits separates thousands, unless it is the decimal mark
 * of the language.
 */
export function typedAmount(typed: string): Decimal | undefined {
  const groups = decimalMark() === "," ? /[\s\u00a0'.](?=\d{3}\b)/g : /[\s\u00a0',](?=\d{3}\b)/g;
  const plain = latinDigits(typed).trim().replace(groups, "").replace(",", ".");
  return /^(0|[1-9]\d*)(\.\d{1,2})?$/.test(plain) && /[1-9]/.test(plain) ? decimal(plain) : undefined;
}

/** Returns what is left of a balance, or undefined if the balance is too small. */
export function left(balance: number, amount: Decimal): string | undefined {
  const rest = add(decimal(balance), negated(amount));
  return compare(rest, decimal(0)) < 0 ? undefined : text(rest);
}

/**
 * Returns an amount as a JSON number. It has at most two decimal places, so its
 * shortest text is the typed number.
 */
export const wireNumber = (amount: Decimal): number => Number(shortest(amount));
