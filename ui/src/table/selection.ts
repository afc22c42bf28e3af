import { plural, t } from "@lingui/core/macro";
import { useEffect, useState } from "react";
import { add, decimal, text } from "../lib/decimal";
import { lots, money } from "../lib/format";
import type { Row } from "./cell";
import type { Rows } from "./pages";

/** The selected rows: some rows, or all rows that match the filters. */
export interface Selection {
  everything: boolean;
  rows: Row[];
  has: (key: string) => boolean;
  some: (count: number) => number; // number of selected rows; count is the number of all rows
  words: (rows: Rows) => string; // says how many rows are selected, with their sums
  toggle: (key: string, row: Row) => void;
  set: (chosen: Map<string, Row>) => void;
  all: () => void;
  clear: () => void;
}

/**
 * Stores the selection of a view. When the filters or the order change, the
 * selection is cleared.
 */
export function useSelection(view: string): Selection {
  const [chosen, setChosen] = useState<Map<string, Row>>(new Map());
  const [everything, setEverything] = useState(false);
  const clear = () => {
    setChosen(new Map());
    setEverything(false);
  };
  useEffect(clear, [view]);
  return {
    everything,
    rows: [...chosen.values()],
    has: (key) => everything || chosen.has(key),
    some: (count) => (everything ? count : chosen.size),
    words: (rows) => wordsOf(everything ? rows.count : chosen.size, everything ? rows.totals : sumsOf([...chosen.values()])),
    toggle(key, row) {
      const next = new Map(everything ? [] : chosen);
      if (!everything && next.has(key)) next.delete(key);
      else next.set(key, row);
      setEverything(false);
      setChosen(next);
    },
    set(next) {
      setEverything(false);
      setChosen(next);
    },
    all: () => setEverything(true),
    clear,
  };
}

const summed = ["volume_lots", "reward_usd", "amount_usd"];

function sumsOf(rows: Row[]): Row {
  const sums: Row = {};
  for (const name of summed) {
    const values = rows.map((row) => row[name]).filter((value) => value !== undefined && value !== null);
    if (values.length > 0) sums[name] = text(add(...values.map((value) => decimal(value as string | number))));
  }
  return sums;
}

function wordsOf(many: number, sums?: Row): string {
  const parts = [plural(many, { one: "# row selected", other: "# rows selected" })];
  if (sums?.volume_lots !== undefined) parts.push(t`${{ lots: lots(sums.volume_lots as string) }} lots`);
  const usd = sums?.reward_usd ?? sums?.amount_usd;
  if (usd !== undefined) parts.push(`${money(usd as string)} USD`);
  return parts.join(" · ");
}
