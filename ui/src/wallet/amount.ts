import { add, compare, decimal, negated, shortest, text, type Decimal } from "../lib/decimal";
import { decimalMark, latinDigits } from "../lib/locale";

/**
 * Reads an amount that a person typed: at most two places, no sign. Before three
 * digits, a mark that is not the language's decimal mark groups thousands.
 */
export function typedAmount(typed: string): Decimal | undefined {
  const groups = decimalMark() === "," ? /[\s\u00a0'.](?=\d{3}\b)/g : /[\s\u00a0',](?=\d{3}\b)/g;
  const plain = latinDigits(typed).trim().replace(groups, "").replace(",", ".");
  return /^(0|[1-9]\d*)(\.\d{1,2})?$/.test(plain) && /[1-9]/.test(plain) ? decimal(plain) : undefined;
}

/** What is left of a balance, or nothing if that is not enough. */
export function left(balance: number, amount: Decimal): string | undefined {
  const rest = add(decimal(balance), negated(amount));
  return compare(rest, decimal(0)) < 0 ? undefined : text(rest);
}

/**
 * The JSON number of an amount. It has two places at most, so its shortest text
 * is the text that was typed.
 */
export const wireNumber = (amount: Decimal): number => Number(shortest(amount));
