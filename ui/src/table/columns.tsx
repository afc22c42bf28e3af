import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useId, useState } from "react";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { stepOf, widen } from "./grip";
import type { Column, Spec } from "./spec";
import type { Viewed } from "./view";

/** Lets the partner choose the columns and their order. */
export function ColumnChooser({ shown, rest, spec, viewed }: { shown: Column[]; rest: Column[]; spec: Spec; viewed: Viewed }) {
  return (
    <Popover label={t`Columns`} button={<><Icon name="columns" /><span class="only-wide"><Trans>Columns</Trans></span></>}>
      <Chooser shown={shown} rest={rest} spec={spec} viewed={viewed} />
    </Popover>
  );
}

function Chooser({ shown, rest, spec, viewed }: { shown: Column[]; rest: Column[]; spec: Spec; viewed: Viewed }) {
  const [find, setFind] = useState("");
  const hint = useId();
  const [dragged, setDragged] = useState<string>();
  const names = shown.map((column) => column.name);
  const set = (cols: string[]) =>
    viewed.change((view) => {
      view.cols = cols.join() === spec.columns.join() ? undefined : cols;
    });
  const reset = () => viewed.change((view) => { view.cols = view.widths = undefined; });
  const place = (name: string, at: number) => {
    const others = names.filter((one) => one !== name);
    others.splice(Math.max(0, Math.min(others.length, at)), 0, name);
    set(others);
  };
  const list = [...shown, ...rest].filter((column) => column.title.toLowerCase().includes(find.trim().toLowerCase()));
  return (
    <>
      <div class="row between pop-head">
        <h2><Trans>Columns</Trans></h2>
        <button type="button" class="link small" disabled={!viewed.view.cols && !viewed.view.widths} onClick={reset}><Trans>Reset</Trans></button>
      </div>
      <input class="input sm" aria-label={t`Find a column`} placeholder={t`Find a column`} value={find} onInput={(event) => setFind(event.currentTarget.value)} />
      <ul class="values" aria-label={t`Columns`} aria-describedby={hint}>
        {list.map((column) => {
          const at = names.indexOf(column.name);
          const always = column.name === spec.always;
          return (
            <li
              key={column.name} draggable={at >= 0} class={dragged === column.name ? "dragged" : undefined}
              onDragStart={() => setDragged(column.name)} onDragEnd={() => setDragged(undefined)}
              onDragOver={(event) => at >= 0 && event.preventDefault()}
              onDrop={() => dragged && place(dragged, at)}
            >
              <label class="li" title={column.about}>
                <span class="muted" aria-hidden="true"><Icon name="grip" /></span>
                <input
                  type="checkbox" checked={at >= 0} disabled={always}
                  onChange={() => set(at >= 0 ? names.filter((name) => name !== column.name) : [...names, column.name])}
                  onKeyDown={(event) => {
                    const header = document.querySelector<HTMLTableCellElement>(`th[data-column="${column.name}"]`);
                    const wider = header && stepOf(event);
                    if (wider) {
                      event.preventDefault();
                      widen(column, header, wider, (name, width) => viewed.change((view) => { view.widths = new Map(view.widths).set(name, width); }));
                    }
                    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
                    if (!by || !event.altKey || at < 0) return;
                    event.preventDefault();
                    place(column.name, at + by);
                  }}
                />
                {column.title}
                {always && <span class="small muted end-note"><Trans>always</Trans></span>}
              </label>
            </li>
          );
        })}
      </ul>
      <p class="small muted pad" id={hint}><Trans>Drag a column, or press Alt with ↑ or ↓ on it, to move it. Alt with ← or → makes it narrower or wider.</Trans></p>
    </>
  );
}
