import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { count } from "../lib/format";
import { show } from "./cell";
import type { Rows } from "./pages";
import type { Column } from "./spec";

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
  // The label covers the columns before the first one that has a sum.
  const first = columns.findIndex((column) => sum(column) !== "");
  const span = first < 0 ? columns.length : first;
  const clients = totals.clients_count ?? totals.client_uid_count;
  const people = clients === undefined ? "" : t`, ${{ clients: count(clients as number) }} clients`;
  return (
    <tfoot>
      <tr>
        <td class="w" />
        <td colSpan={Math.max(1, span)}>{words}{people}</td>
        {columns.slice(Math.max(1, span)).map((column) => <td key={column.name} class={column.number ? "num" : undefined}>{sum(column)}</td>)}
      </tr>
    </tfoot>
  );
}
