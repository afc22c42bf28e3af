import { t } from "@lingui/core/macro";
import { show, type Row } from "./cell";
import type { Rows } from "./pages";
import type { Selection } from "./selection";
import type { Column, Spec } from "./spec";

interface BodyProps {
  id: string;
  first: number;
  last: number;
  above: number;
  below: number;
  columns: Column[];
  spec: Spec;
  rows: Rows;
  fresh: Set<string>; // keys of rows that have just come
  cursor: number;
  selected?: string;
  selection: Selection;
  phone: boolean;
  height: number;
  onOpen?: (row: Row) => void;
  onCursor: (index: number) => void;
}

/** Returns the id of a row's element. An id has no spaces. */
export const domId = (table: string, key: string) => `${table}-${encodeURIComponent(key)}`;

/**
 * Draws the visible rows, and empty space in place of all others. An element belongs to
 * its row, also if the row moves. While pages are loaded again, a row may be on two of
 * them; then its second element belongs to its number.
 */
export function Body(props: BodyProps) {
  const { first, last, above, below, columns, phone, spec } = props;
  const drawn = new Set<string>();
  const cells = phone ? 2 : columns.length + 1;
  const numbers = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  return (
    <tbody>
      {above > 0 && <tr aria-hidden="true" class="space"><td colSpan={cells} style={{ blockSize: above }} /></tr>}
      {numbers.map((index) => {
        const row = props.rows.row(index);
        if (!row) return <Grey key={`at ${index}`} {...props} index={index} cells={cells} />;
        const key = spec.key(row);
        const again = drawn.has(key);
        drawn.add(key);
        return <Line key={again ? `at ${index}` : `of ${key}`} {...props} index={index} row={row} />;
      })}
      {below > 0 && <tr aria-hidden="true" class="space"><td colSpan={cells} style={{ blockSize: below }} /></tr>}
    </tbody>
  );
}

/** Draws a row that is still loading. */
function Grey({ index, cells, columns, phone, height }: BodyProps & { index: number; cells: number }) {
  return (
    <tr aria-busy="true" style={{ blockSize: height }}>
      {Array.from({ length: cells }, (_, cell) => (
        <td key={cell} class={!phone && columns[cell - 1]?.number ? "num" : undefined}>
          <span class="sk" style={{ inlineSize: cell === 0 && !phone ? 16 : 40 + ((index * 7 + cell * 13) % 40) }} />
        </td>
      ))}
    </tr>
  );
}

function Line(props: BodyProps & { index: number; row: Row }) {
  const { id, index, row, spec, columns, cursor, selected, selection, phone, onOpen, onCursor } = props;
  const key = spec.key(row);
  const chosen = selection.has(key);
  const marks = [key === selected || chosen ? "sel" : "", index === cursor ? "at" : "", props.fresh.has(key) ? "new" : ""].filter(Boolean).join(" ");
  return (
    <tr
      id={domId(id, key)} class={marks || undefined} aria-rowindex={index + 1} aria-selected={chosen || key === selected}
      style={{ blockSize: props.height }}
      onClick={(event) => {
        onCursor(index);
        if (!onOpen || (event.target instanceof Element && event.target.closest("a, button, input"))) return;
        if (!getSelection()?.toString()) onOpen(row);
      }}
    >
      {phone ? <PhoneCells {...props} /> : (
        <>
          <td class="w">
            <input type="checkbox" tabIndex={-1} checked={chosen} aria-label={t`Select ${key}`} onChange={() => selection.toggle(key, row)} />
          </td>
          {columns.map((column) => <Cell key={column.name} column={column} row={row} spec={spec} onOpen={onOpen} />)}
        </>
      )}
    </tr>
  );
}

function Cell({ column, row, spec, onOpen }: { column: Column; row: Row; spec: Spec; onOpen?: (row: Row) => void }) {
  const value = row[column.name];
  const shown = show(value, column.kind);
  const made = spec.cell?.[column.name]?.(row, shown) ?? (column.name === spec.always && onOpen ? <Open row={row} onOpen={onOpen}>{shown}</Open> : shown);
  const below = typeof value === "string" && column.number && value.startsWith("-") ? " neg" : "";
  const cut = column.kind === "text"; // numbers and times are never cut
  return <td class={(column.number ? "num" : cut ? "trunc" : "") + below} style={cut && column.width ? { maxInlineSize: column.width } : undefined}>{made}</td>;
}

function Open({ row, onOpen, children }: { row: Row; onOpen: (row: Row) => void; children: preact.ComponentChildren }) {
  return <button type="button" class="link open" tabIndex={-1} onClick={() => onOpen(row)}>{children}</button>;
}

/** Draws a row on a phone: two lines of text, and the amount at the end. */
function PhoneCells({ row, spec, columns, onOpen }: BodyProps & { row: Row }) {
  const { title, sub } = spec.phone(row);
  const amount = columns.find((column) => column.name === spec.always);
  return (
    <>
      <td><span class="strong">{title}</span><span class="sub">{sub}</span></td>
      {amount ? <Cell column={amount} row={row} spec={spec} onOpen={onOpen} /> : <td />}
    </>
  );
}
