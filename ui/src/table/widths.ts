// The widths of columns, which a partner drags or sets by keyboard.
import { t } from "@lingui/core/macro";

/** The least and the greatest width of a column, and one step by keyboard, in pixels. */
export const [narrowest, widest, step] = [56, 800, 16];

export const within = (width: number): number => Math.round(Math.max(narrowest, Math.min(widest, width)));

/** Parses "closed:160,order:220". Parts without a meaning are returned in unknown. */
export function readWidths(text: string, columnOf: (name: string) => string | undefined): { widths: Map<string, number>; unknown: string[] } {
  const widths = new Map<string, number>();
  const unknown: string[] = [];
  for (const part of text.split(",").filter(Boolean)) {
    const [name = "", digits = ""] = part.split(":");
    const column = columnOf(name);
    if (column && /^\d{2,3}$/.test(digits) && within(Number(digits)) === Number(digits)) widths.set(column, Number(digits));
    else unknown.push(part);
  }
  return { widths, unknown };
}

/** Returns the header cell of a column, and the cells of its rows that are drawn. */
function cellsOf(header: HTMLTableCellElement): HTMLTableCellElement[] {
  const rows = header.closest("table")?.querySelectorAll<HTMLTableRowElement>("tbody tr[aria-rowindex]") ?? [];
  return [header, ...[...rows].flatMap((row) => row.cells[header.cellIndex] ?? [])];
}

/** Returns the width at which everything in the drawn cells of a column fits. */
export function fitting(header: HTMLTableCellElement): number {
  const range = document.createRange();
  const needs = cellsOf(header).map((cell) => {
    range.selectNodeContents(cell);
    const grip = cell.querySelector(".grip");
    if (grip) range.setEndBefore(grip);
    const { paddingInlineStart: start, paddingInlineEnd: end } = getComputedStyle(cell);
    return Math.ceil(range.getBoundingClientRect().width) + parseFloat(start) + parseFloat(end) + 1;
  });
  return within(Math.max(...needs));
}

/** Says how wide a column is, for those who do not see it. */
export const widthWords = (name: string, width: number): string => t`${name}: ${width} pixels wide`;
