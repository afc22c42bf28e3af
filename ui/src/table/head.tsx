import { t } from "@lingui/core/macro";
import { zoneName } from "../lib/time";
import { Icon } from "../parts/icon";
import type { Order } from "./grammar";
import type { Selection } from "./selection";
import type { Column } from "./spec";

interface HeadProps {
  columns: Column[];
  by: Order[];
  onBy: (by: Order[]) => void;
  selection: Selection;
  count: number;
  phone: boolean;
}

/**
 * Returns the order after a click on a column header. Numbers and times are sorted
 * in descending order first.
 */
export function nextOrder(by: Order[], column: Column, more: boolean): Order[] {
  const now = by.find((order) => order.field === column.name);
  const first = column.number || column.kind === "day" || column.kind === "moment";
  const next = { field: column.name, down: now ? !now.down : first };
  if (!more) return [next];
  return now ? by.map((order) => (order === now ? next : order)) : [...by, next];
}

export function Head({ columns, by, onBy, selection, count, phone }: HeadProps) {
  if (phone) return <thead class="vh"><tr><th scope="col">{t`Row`}</th><th scope="col">{columns.at(-1)?.title}</th></tr></thead>;
  return (
    <thead>
      <tr>
        <th scope="col" class="w">
          <input
            type="checkbox" tabIndex={-1} checked={selection.everything} aria-label={t`Select all ${count} rows`} title={t`Select all ${count} rows`}
            onChange={() => (selection.everything ? selection.clear() : selection.all())}
          />
        </th>
        {columns.map((column) => {
          const order = by.find((one) => one.field === column.name);
          const [name, zone] = [column.title, zoneName()];
          const words = column.kind === "moment" ? t`${name}, ${zone}` : name;
          return (
            <th
              key={column.name} scope="col" class={column.number ? "num" : undefined} title={column.about}
              aria-sort={order ? (order.down ? "descending" : "ascending") : undefined}
            >
              {column.orderable ? (
                <button type="button" class="sort" onClick={(event) => onBy(nextOrder(by, column, event.shiftKey))}>
                  {words}
                  {order && <Icon name={order.down ? "down" : "up"} />}
                  {order && by.length > 1 && <sup>{by.indexOf(order) + 1}</sup>}
                </button>
              ) : words}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
