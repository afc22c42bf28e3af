import { t } from "@lingui/core/macro";
import { copy } from "../lib/copy";
import { say } from "../parts/toast";
import { csv } from "./csv";
import type { Rows } from "./pages";
import type { TableProps } from "./table";

interface KeysOf extends TableProps {
  rows: Rows;
  cursor: number;
  page: number;
  show: (index: number) => void;
}

/** Handles the keyboard shortcuts of the table while the table has the focus. */
export function useKeys({ rows, cursor, page, show, onOpen, selection, spec, columns, letters }: KeysOf) {
  const row = rows.row(cursor);

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
    const list = selection.rows.length > 0 ? selection.rows : row ? [row] : [];
    void copy(csv(list, columns.map((column) => column.name)));
  }

  return (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest("button, input, a")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const moves: Record<string, number> = {
      ArrowDown: cursor + 1, ArrowUp: cursor - 1, PageDown: cursor + page, PageUp: cursor - page, Home: 0, End: rows.count - 1,
    };
    const to = moves[event.key];
    if (to !== undefined && !event.altKey) show(to);
    else if (event.key === "Enter" && row && onOpen) onOpen(row);
    else if (event.key === " ") select(event.shiftKey);
    else if (event.key.toLowerCase() === "a" && !plain) selection.all();
    else if (event.key.toLowerCase() === "c" && !plain) copyRows();
    else if (event.key === "Escape" && selection.some(rows.count) > 0) selection.clear();
    else if (plain && letters[event.key]) letters[event.key]!();
    else return;
    event.preventDefault();
  };
}
