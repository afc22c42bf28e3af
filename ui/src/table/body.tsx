import { t } from "@lingui/core/macro";
import { show, type Row } from "./cell";
import { GroupLine } from "./group-line";
import type { Groups } from "./grouping";
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
  groups?: Groups;
  cursor: number;
  column?: string; // of the cursor's cell
  selected?: string;
  selection: Selection;
  phone: boolean;
  height: number;
  onOpen?: (row: Row) => void;
  onCursor: (index: number) => void;
}

/** Returns the id of the element of a row or of a cell. An id has no spaces. */
export const domId = (table: string, key: string, column?: string) => [table, encodeURIComponent(key), ...(column ? [column] : [])].join("-");

/** Returns the key of a group's header among the keys of all lines. */
export const groupKey = (key: string) => `group ${key}`;

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
        const group = props.rows.group?.(index);
        if (group && props.groups) {
          const key = groupKey(group.key);
          return <GroupLine key={`of ${key}`} {...props} groups={props.groups} id={domId(props.id, key)} index={index} group={group} cursor={index === props.cursor} />;
        }
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
      id={domId(id, key)} class={marks || undefined} aria-rowindex={index + 1} aria-level={props.groups ? 2 : undefined} aria-selected={chosen || key === selected}
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
          {columns.map((column) => {
            const at = index === cursor && column.name === props.column;
            return <Cell key={column.name} column={column} row={row} spec={spec} onOpen={onOpen} at={at} id={at ? domId(id, key, column.name) : undefined} />;
          })}
        </>
      )}
    </tr>
  );
}

interface CellProps {
  id?: string;
  at?: boolean; // whether the cursor is on this cell
  column: Column;
  row: Row;
  spec: Spec;
  onOpen?: (row: Row) => void;
}

function Cell({ id, at = false, column, row, spec, onOpen }: CellProps) {
  const value = row[column.name];
  const shown = show(value, column.kind);
  const made = spec.cell?.[column.name]?.(row, shown) ?? (column.name === spec.always && onOpen ? <Open row={row} onOpen={onOpen}>{shown}</Open> : shown);
  const below = typeof value === "string" && column.number && value.startsWith("-") ? " neg" : "";
  const cut = column.kind === "text"; // numbers and times are never cut
  return <td id={id} class={(column.number ? "num" : cut ? "trunc" : "") + below + (at ? " cell" : "")} style={cut && column.width ? { maxInlineSize: column.width } : undefined}>{made}</td>;
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
