// Writes rows as CSV, with the digits exactly as the API sent them and days as ISO
// 8601.
import { digits } from "../lib/decimal";
import type { Row } from "./cell";

/** Writes one value. A spreadsheet must not run a formula that a client put into a name or a note. */
export function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return digits(value);
  const text = String(value);
  return /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
}

function cell(value: unknown): string {
  const text = plain(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(rows: Row[], columns: string[]): string {
  return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((line) => line.map(cell).join(",")).join("\r\n");
}
