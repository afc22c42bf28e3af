import { t } from "@lingui/core/macro";
import { copy } from "../lib/copy";
import { say } from "../parts/toast";
import { csv, plain } from "./csv";
import { beside } from "./cursor";
import type { Rows } from "./pages";
import type { TableProps } from "./table";

interface KeysOf extends TableProps {
  phone: boolean;
  rows: Rows;
  cursor: number;
  column?: string; // of the cursor's cell
  page: number;
  show: (index: number) => void;
  onColumn: (column?: string) => void;
  cell: () => HTMLElement | null; // the element of the cursor's cell
}

const linkIn = (cell: HTMLElement | null) => cell?.querySelector<HTMLElement>("a");

/** Returns 1 for the arrow to the end of a line, and -1 for the arrow to its start. */
function besideKey({ key, altKey, ctrlKey, metaKey }: KeyboardEvent): 1 | -1 | 0 {
  if (altKey || ctrlKey || metaKey || (key !== "ArrowLeft" && key !== "ArrowRight")) return 0;
  return (key === "ArrowRight") === (document.documentElement.dir !== "rtl") ? 1 : -1;
}

/** Handles the keyboard shortcuts of the table while the table has the focus. */
export function useKeys({ rows, cursor, column, page, show, onColumn, cell, onOpen, selection, spec, columns, letters, phone }: KeysOf) {
  const row = rows.row(cursor);
  const group = rows.group?.(cursor);

  function select(range: boolean) {
    if (!row) return;
    if (!range || selection.rows.length === 0) return selection.toggle(spec.key(row), row);
    const last = spec.key(selection.rows.at(-1)!);
    let from = cursor;
    while (from > 0 && rows.row(from - 1) && spec.key(rows.row(from)!) !== last) from--;
    const chosen = new Map(selection.rows.map((one) => [spec.key(one), one]));
    for (let at = from; at <= cursor; at++) {
      const one = rows.row(at);
      if (one) chosen.set(spec.key(one), one);
    }
    selection.set(chosen);
  }

  function copyRows() {
    if (selection.everything) return say(t`Use Export for all matching rows.`);
    if (selection.rows.length === 0 && row && column) return void copy(plain(row[column]));
    const list = selection.rows.length > 0 ? selection.rows : row ? [row] : group ? [group.sums] : [];
    void copy(csv(list, columns.map((column) => column.name)));
  }

  return (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest("button, input, a")) return;
    const single = !event.ctrlKey && !event.metaKey && !event.altKey;
    const moves: Record<string, number> = {
      ArrowDown: cursor + 1, ArrowUp: cursor - 1, PageDown: cursor + page, PageUp: cursor - page, Home: 0, End: rows.lines - 1,
    };
    const to = moves[event.key];
    const side = besideKey(event);
    if (to !== undefined && !event.altKey) show(to);
    else if (group && ((side === 1 && !group.open) || (side === -1 && group.open) || event.key === "Enter" || event.key === " ")) {
      if (group.opens) group.toggle();
    } else if (side && !phone) onColumn(beside(columns, column, side));
    else if (event.key === "Enter" && linkIn(cell())) linkIn(cell())!.click();
    else if (event.key === "Enter" && row && onOpen) onOpen(row);
    else if (event.key === " ") select(event.shiftKey);
    else if (event.key.toLowerCase() === "a" && !single) selection.all();
    else if (event.key.toLowerCase() === "c" && !single) copyRows();
    else if (event.key === "Escape" && column) onColumn(undefined);
    else if (event.key === "Escape" && selection.some(rows.count) > 0) selection.clear();
    else if (single && letters[event.key]) letters[event.key]!();
    else return;
    event.preventDefault();
  };
}
