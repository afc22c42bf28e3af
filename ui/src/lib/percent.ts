import { decimalMark, latinDigits } from "./locale";

/**
 * Parses a percentage that a person has typed: digits with at most two decimal
 * places, with or without the percent sign. The decimal mark is a point or the
 * mark of the partner's language. For any other text it returns undefined, because
 * a wrong guess would change what clients are paid.
 */
export function typedPercent(typed: string): number | undefined {
  const plain = latinDigits(typed).trim().replace(/\s*%$/, "").replace(decimalMark(), ".");
  return /^\d{1,3}(\.\d{1,2})?$/.test(plain) ? Number(plain) : undefined;
}
