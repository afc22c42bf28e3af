import "../styles/table.css";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { count } from "../lib/format";
import { usePhone } from "../lib/media";
import { Icon } from "../parts/icon";
import { ProblemNote } from "../parts/states";
import type { Row } from "./cell";
import { Body, domId, groupKey } from "./body";
import { cursorAt, indexOf, type Cursor } from "./cursor";
import { Head } from "./head";
import { useGroupRows } from "./group-rows";
import type { Groups } from "./grouping";
import { useKeys } from "./keys";
import { useFreshKeys, useNewRows } from "./new-rows";
import { useRows, type List } from "./pages";
import type { Selection } from "./selection";
import type { Column, Spec } from "./spec";
import { Totals } from "./totals";
import { scrollOf, shownHeight, windowAt } from "./window";
import type { Order } from "./grammar";
import type { ComponentChildren } from "preact";

export interface TableProps {
  caption: string;
  list: List;
  groups?: Groups; // the table keeps them for as long as it is shown
  columns: Column[];
  spec: Spec;
  by: Order[];
  onBy: (by: Order[]) => void;
  onWidth: (name: string, width: number) => void;
  selected?: string; // row whose drawer is open
  onOpen?: (row: Row) => void;
  selection: Selection;
  onRows: (rows: ReturnType<typeof useRows>) => void;
  empty: () => ComponentChildren;
  letters: Record<string, () => void>;
}

/** Draws a list of any length: the rows on the screen, with the totals below. */
export function Table(props: TableProps) {
  const { caption, list, spec, selection, empty } = props;
  const [draft, setDraft] = useState<{ name: string; width: number }>(); // of the column whose edge is dragged
  const columns = draft ? props.columns.map((column) => (column.name === draft.name ? { ...column, width: draft.width } : column)) : props.columns;
  const phone = usePhone();
  const rowHeight = phone ? 60 : 36;
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const [view, setView] = useState(720);
  const [cursor, setCursor] = useState<Cursor>({ index: 0 });
  const [known, setKnown] = useState(0);
  const id = useId();
  const [above, setAbove] = useState(220);
  const at = windowAt(scrolled, view, known, rowHeight);
  const top = scrolled < 1;
  const rows = props.groups ? useGroupRows(list, props.groups, at.first, at.last, top) : useRows(list, at.first, at.last, top); // a table with groups is another component
  const keyAt = (index: number) => {
    const group = rows.group?.(index);
    const row = rows.row(index);
    return group ? groupKey(group.key) : row && spec.key(row);
  };
  const lines = { lines: rows.lines, keyAt };
  const place = indexOf(cursor, lines);
  const onCursor = (index: number, column?: string) => setCursor(cursorAt(index, lines, column));
  useEffect(() => setKnown(rows.lines), [rows.lines]);
  useEffect(() => props.onRows(rows));
  const activeKey = keyAt(place);
  const column = rows.row(place) && columns.some((one) => one.name === cursor.column) ? cursor.column : undefined;
  const activeId = activeKey === undefined ? undefined : domId(id, activeKey, column);
  useEffect(() => {
    if (cursor.key !== undefined && activeKey !== undefined && activeKey !== cursor.key) onCursor(place, cursor.column); // its row has gone
  }, [activeKey, cursor.key]);

  const shown = JSON.stringify([list.path, list.query, props.groups?.by]);
  const fresh = useFreshKeys(shown, rows, spec);
  const waiting = useNewRows(list, rows, top);
  useEffect(() => {
    box.current?.scrollTo({ top: 0 });
    setCursor({ index: 0 });
  }, [shown]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    setAbove(Math.min(420, element.getBoundingClientRect().top + window.scrollY));
    const observer = new ResizeObserver(() => setView(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [known > 0]);

  function show(index: number) {
    const element = box.current;
    const next = Math.max(0, Math.min(rows.lines - 1, index));
    onCursor(next, cursor.column);
    if (!element) return;
    const room = view - 34 - 40; // the header and the totals cover a part of the view
    const top = scrollOf(next, view, rows.lines, rowHeight);
    if (top < element.scrollTop) element.scrollTo({ top });
    else if (top + rowHeight > element.scrollTop + room) element.scrollTo({ top: top + rowHeight - room });
  }
  useEffect(() => {
    const cell = column && activeId ? document.getElementById(activeId) : null;
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [column]);
  const onKeyDown = useKeys({
    ...props, phone, rows, cursor: place, column, onColumn: (next) => onCursor(place, next), cell: () => (column && activeId ? document.getElementById(activeId) : null), page: Math.max(1, Math.floor(view / rowHeight) - 3), show,
  });

  if (rows.error && !rows.totals) {
    return <ProblemNote problem={asProblem(rows.error)} what={t`The rows could not be loaded.`} onAgain={rows.again} />;
  }
  if (!rows.pending && rows.count === 0) return <div class="tbl">{empty()}</div>;
  const pending = rows.pending;
  const drawn = pending ? { first: 0, last: 12, above: 0, below: 0 } : at;
  const height = pending ? 12 * rowHeight : shownHeight(rows.lines, rowHeight);
  return (
    <div class={rows.stale ? "tbl stale" : "tbl"}>
      {Boolean(rows.error) && <div class="pad"><ProblemNote problem={asProblem(rows.error)} what={t`Some rows could not be loaded.`} onAgain={rows.again} /></div>}
      {waiting > 0 && (
        <button type="button" class="btn sm new-rows" onClick={() => box.current?.scrollTo({ top: 0 })}>
          <Icon name="up" />{plural(waiting, { one: "# new row", other: "# new rows" })}
        </button>
      )}
      <div class="scroll rows" ref={box} onScroll={(event) => setScrolled(event.currentTarget.scrollTop)} style={{ maxBlockSize: `max(300px, min(${height + 80}px, calc(100vh - ${above + (phone ? 126 : 66)}px)))` }}>
        <table
          role={props.groups ? "treegrid" : "grid"} tabIndex={0} aria-label={caption} aria-rowcount={rows.lines || -1} aria-busy={pending}
          aria-activedescendant={place >= drawn.first && place < drawn.last ? activeId : undefined}
          aria-multiselectable={true} onKeyDown={onKeyDown} onFocus={() => cursor.key === undefined && onCursor(place)}
        >
          {phone && <colgroup><col /><col class="amount" /></colgroup>}
          <Head columns={columns} by={props.by} onBy={props.onBy} onWidth={props.onWidth} onDraft={setDraft} selection={selection} count={rows.count} phone={phone} />
          <Body
            {...drawn} id={id} columns={columns} spec={spec} rows={rows} fresh={fresh} cursor={place} column={column} groups={props.groups} selected={props.selected} selection={selection}
            phone={phone} height={rowHeight} onOpen={props.onOpen} onCursor={onCursor}
          />
          <Totals columns={columns} rows={rows} phone={phone} />
        </table>
      </div>
      <Status rows={rows} first={drawn.first} view={view} height={rowHeight} selection={selection} />
    </div>
  );
}

function Status({ rows, first, view, height, selection }: { rows: ReturnType<typeof useRows>; first: number; view: number; height: number; selection: Selection }) {
  const from = count(Math.min(rows.count, first + (first > 0 ? 9 : 1)));
  const to = count(Math.min(rows.count, first + (first > 0 ? 8 : 0) + Math.max(1, Math.floor((view - 74) / height))));
  const all = count(rows.count);
  if (rows.pending) return <div class="status-line"><span class="dot grey" /><Trans>Loading the first rows</Trans></div>;
  return (
    <div class="status-line">
      {selection.some(rows.count) > 0
        ? <span class="strong" role="status">{selection.words(rows)}</span>
        : rows.groups === undefined ? <span><Trans>Rows {from}–{to} of {all}</Trans></span> : <span>{plural({ count: rows.groups }, { one: "# group", other: "# groups" })}</span>}
      <span class="grow" />
      <span class="only-wide row">
        <kbd>↑</kbd><kbd>↓</kbd><Trans>move</Trans> <kbd>Enter</kbd><Trans>open</Trans> <kbd>Space</kbd><Trans>select</Trans>
        <kbd>Ctrl C</kbd><Trans>copy as CSV</Trans> <kbd>?</kbd><Trans>all keys</Trans>
      </span>
    </div>
  );
}
