import { useRef } from "react";
import { say } from "../parts/toast";
import type { Column } from "./spec";
import { fitting, step, widthWords, within } from "./widths";

const isRtl = () => document.documentElement.dir === "rtl";

/** Returns by how much a key changes the width of a column: Alt with the arrow to its end widens it. */
export function stepOf(event: KeyboardEvent): number {
  if (!event.altKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return 0;
  return (event.key === "ArrowRight") === !isRtl() ? step : -step;
}

/** Makes a column wider or narrower by keyboard, and says so. */
export function widen(column: Column, header: HTMLTableCellElement, by: number, onWidth: (name: string, width: number) => void): void {
  const width = within(header.offsetWidth + by);
  onWidth(column.name, width);
  say(widthWords(column.title, width));
}

interface GripProps {
  column: Column;
  onDraft: (width?: number) => void; // while the edge is dragged
  onWidth: (name: string, width: number) => void;
}

/** The edge of a column, which one drags. A double click fits the column to its content. */
export function Grip({ column, onDraft, onWidth }: GripProps) {
  const from = useRef<{ x: number; width: number } | undefined>(undefined);
  const widthAt = (x: number) => within(from.current!.width + (x - from.current!.x) * (isRtl() ? -1 : 1));
  const headerOf = (element: Element) => element.closest("th") as HTMLTableCellElement;
  return (
    <span
      class="grip" aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width: headerOf(event.currentTarget).offsetWidth };
      }}
      onPointerMove={(event) => from.current && onDraft(widthAt(event.clientX))}
      onPointerUp={(event) => {
        if (from.current && event.clientX !== from.current.x) onWidth(column.name, widthAt(event.clientX));
        from.current = undefined;
        onDraft(undefined);
      }}
      onPointerCancel={() => { from.current = undefined; onDraft(undefined); }}
      onDblClick={(event) => onWidth(column.name, fitting(headerOf(event.currentTarget)))}
    />
  );
}
