import { locale } from "./locale";

const point = new Intl.NumberFormat(locale()).formatToParts(0.5).find((part) => part.type === "decimal")?.value ?? ".";

/**
 * Reads a percent that a person typed: digits with at most two places, with or
 * without the sign. A point is always understood, and so is the mark of the
 * partner's language. Anything else is no percent, because a guess would change
 * what clients are paid.
 */
export function typedPercent(typed: string): number | undefined {
  const plain = typed.trim().replace(/\s*%$/, "").replace(point, ".");
  return /^\d{1,3}(\.\d{1,2})?$/.test(plain) ? Number(plain) : undefined;
}
