import { t } from "@lingui/core/macro";
import { zoneName } from "../lib/time";
import { Icon } from "../parts/icon";
import type { Order } from "./grammar";
import { Grip, stepOf, widen } from "./grip";
import type { Selection } from "./selection";
import type { Column } from "./spec";

interface HeadProps {
  columns: Column[];
  by: Order[];
  onBy: (by: Order[]) => void;
  onWidth: (name: string, width: number) => void;
  onDraft: (draft?: { name: string; width: number }) => void;
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

export function Head({ columns, by, onBy, onWidth, onDraft, selection, count, phone }: HeadProps) {
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
              key={column.name} data-column={column.name} scope="col" class={column.number ? "num" : undefined} title={column.about}
              style={column.width ? { inlineSize: column.width, minInlineSize: column.width } : undefined}
              onKeyDown={(event) => {
                const step = stepOf(event);
                if (step === 0) return;
                event.preventDefault();
                widen(column, event.currentTarget, step, onWidth);
              }}
              aria-sort={order ? (order.down ? "descending" : "ascending") : undefined}
            >
              {column.orderable ? (
                <button type="button" class="sort" onClick={(event) => onBy(nextOrder(by, column, event.shiftKey))}>
                  {words}
                  {order && <Icon name={order.down ? "down" : "up"} />}
                  {order && by.length > 1 && <sup>{by.indexOf(order) + 1}</sup>}
                </button>
              ) : words}
              <Grip column={column} onDraft={(width) => onDraft(width === undefined ? undefined : { name: column.name, width })} onWidth={onWidth} />
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
