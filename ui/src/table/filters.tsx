import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { CatalogueColumn, CatalogueReport } from "../api/queries";
import { day, firstOfMonth, lastOfMonth } from "../lib/time";
import { today } from "../lib/now";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { filterable, isDay, span, type Filter } from "./grammar";
import { title } from "./names";
import { DayEditor } from "./filter-day";
import { ValueEditor } from "./filter-values";
import type { Viewed } from "./view";

/** Describes a filter in the words that its button shows. */
export function filterWords(filter: Filter): string {
  if (filter.kind === "any") return filter.values.length > 3 ? t`${{ count: filter.values.length }} values` : filter.values.join(", ");
  if (filter.kind === "all") return t`all`;
  const { from, to } = span(filter, today());
  if (from && to) return spanWords(from, to);
  return from ? t`since ${{ from: day(from) }}` : t`until ${{ to: day(to ?? "") }}`;
}

/** Describes a range of days, such as "1–27 Nov 2026". */
export function spanWords(from: string, to: string): string {
  if (from === to) return day(from);
  if (from === firstOfMonth(from) && to === lastOfMonth(from)) return day(from).replace(/^\S+ /, "");
  if (from.slice(0, 7) === to.slice(0, 7)) return `${Number(from.slice(8))}–${day(to)}`;
  return from.slice(0, 4) === to.slice(0, 4) ? `${day(from, { year: false })} – ${day(to)}` : `${day(from)} – ${day(to)}`;
}

export function Filters({ report, viewed, nameOf }: { report: CatalogueReport; viewed: Viewed; nameOf: (column: string) => string }) {
  const { view, change } = viewed;
  const columns = filterable(report);
  const set = (name: string, filter?: Filter) =>
    change((next) => {
      if (filter) next.filters.set(name, filter);
      else next.filters.delete(name);
    });
  const used = columns.filter((column) => view.filters.has(column.name) && view.filters.get(column.name)!.kind !== "all");
  const free = columns.filter((column) => !used.includes(column));
  return (
    <>
      {used.map((column) => (
        <Chip key={column.name} report={report} column={column} name={nameOf(column.name)} filter={view.filters.get(column.name)!} onFilter={(filter) => set(column.name, filter)} />
      ))}
      {free.length > 0 && <AddFilter report={report} columns={free} filters={view.filters} nameOf={nameOf} onFilter={set} />}
    </>
  );
}

interface EditorProps {
  report: CatalogueReport;
  column: CatalogueColumn;
  name: string;
  filter?: Filter;
  onFilter: (filter?: Filter) => void;
}

function Editor(props: EditorProps & { close: () => void }) {
  return isDay(props.column) ? <DayEditor {...props} /> : <ValueEditor {...props} />;
}

function Chip(props: EditorProps) {
  const { name, filter, onFilter } = props;
  const words = filter ? filterWords(filter) : "";
  return (
    <span class="chip">
      <Popover label={t`Change filter ${name}: ${words}`} buttonClass="chip-text" button={<><span class="k">{name}</span> {words}</>}>
        {(close) => <Editor {...props} close={close} />}
      </Popover>
      <button type="button" aria-label={t`Remove filter ${name}`} onClick={() => onFilter(isDay(props.column) ? { kind: "all" } : undefined)}><Icon name="close" /></button>
    </span>
  );
}

function AddFilter(props: {
  report: CatalogueReport;
  columns: CatalogueColumn[];
  filters: Map<string, Filter>;
  nameOf: (column: string) => string;
  onFilter: (name: string, filter?: Filter) => void;
}) {
  return (
    <Popover label={t`Add a filter`} buttonClass="chip add" button={<><Icon name="plus" /><Trans>Filter</Trans></>}>
      {(close) => <Adding {...props} close={close} />}
    </Popover>
  );
}

function Adding({ report, columns, filters, nameOf, onFilter, close }: Parameters<typeof AddFilter>[0] & { close: () => void }) {
  const [chosen, setChosen] = useState<CatalogueColumn>();
  if (chosen) {
    const { name } = chosen;
    return <Editor report={report} column={chosen} name={nameOf(name)} filter={filters.get(name)} onFilter={(filter) => onFilter(name, filter)} close={close} />;
  }
  return (
    <>
      {columns.map((column) => (
        <button key={column.name} type="button" class="li" title={column.description} onClick={() => setChosen(column)}>{nameOf(column.name)}</button>
      ))}
    </>
  );
}

export const filterTitle = (report: CatalogueReport) => (column: string) =>
  column === "date" ? title((report.default_ordering[0] ?? "").replace(/^-/, "")) : title(column);
