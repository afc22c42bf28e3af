import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { count } from "../lib/format";
import { show, type Row } from "./cell";
import type { Rows } from "./pages";
import type { Column } from "./spec";

/** Returns how many columns are before the first one that has a sum, at least one. */
export function spanOf(columns: Column[], sums: Row): number {
  const first = columns.findIndex((column) => column.number && sums[column.name] !== undefined);
  return Math.max(1, first < 0 ? columns.length : first);
}

/** Shows the sums of all rows that match the filters, not only of the loaded rows. */
export function Totals({ columns, rows, phone }: { columns: Column[]; rows: Rows; phone: boolean }) {
  const { totals } = rows;
  if (!totals) return null;
  const many = plural({ count: rows.count }, { one: "# row", other: "# rows" });
  const words = <Trans>Whole filter: {many}</Trans>;
  const sum = (column: Column) => (column.number && totals[column.name] !== undefined ? show(totals[column.name], column.kind) : "");
  if (phone) {
    const last = columns.at(-1);
    return <tfoot><tr><td>{words}</td><td class="num">{last && sum(last)}</td></tr></tfoot>;
  }
  const span = spanOf(columns, totals);
  const clients = totals.clients_count ?? totals.client_uid_count;
  const people = clients === undefined ? "" : t`, ${{ clients: count(clients as number) }} clients`;
  return (
    <tfoot>
      <tr>
        <td class="w" />
        <td colSpan={span}>{words}{people}</td>
        {columns.slice(span).map((column) => <td key={column.name} class={column.number ? "num" : undefined}>{sum(column)}</td>)}
      </tr>
    </tfoot>
  );
}
