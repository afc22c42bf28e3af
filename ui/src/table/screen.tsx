import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { asProblem } from "../api/problem";
import { useCatalogue, type CatalogueReport } from "../api/queries";
import { copy } from "../lib/copy";
import { useToday } from "../lib/now";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";
import { ProblemNote, Skeleton } from "../parts/states";
import { Fresh } from "../shell/topbar";
import type { Row } from "./cell";
import { ColumnChooser } from "./columns";
import { NoRows } from "./empty";
import { Export } from "./export";
import { Filters, filterTitle } from "./filters";
import { query, type View } from "./grammar";
import { groupList, rowsOf, ungroupable, type GroupedBy, type Groups } from "./grouping";
import { Keys } from "./key-help";
import type { Rows } from "./pages";
import { useSelection } from "./selection";
import { columnsOf, type Spec } from "./spec";
import { Table } from "./table";
import { useView, type Viewed } from "./view";
import { Views } from "./views";

export interface ReportScreenProps {
  report: string; // id in the report catalogue
  title: string;
  sub?: string;
  spec: Spec;
  defaults?: (view: View) => void;
  grouped?: GroupedBy; // if the rows are shown in groups
  more?: Record<string, string>; // additional parameters of the request that are not filters
  tools?: (viewed: Viewed) => ComponentChildren;
  drawer?: (opened: { opened: string; row?: Row; step: (by: number) => void; close: () => void }) => ComponentChildren;
  path?: string; // path of the request, if the catalogue's path contains parameters
  actions?: (chosen: Chosen) => ComponentChildren; // buttons for the selected rows
  inner?: boolean; // true inside a screen that has its own heading
  nothing: ComponentChildren; // shown if there is no row at all
}

/** The selected rows. If rows is undefined, all rows that match the query are selected. */
export interface Chosen {
  count: number;
  rows?: Row[];
  query: Record<string, string>;
  clear: () => void;
}

/** A screen with one report: its filters, its table, and the drawer or screen that a row opens. */
export function ReportScreen(props: ReportScreenProps) {
  const catalogue = useCatalogue();
  const found = catalogue.data?.find((one) => one.id === props.report);
  const report = useMemo(() => found && props.path ? { ...found, path: props.path, filters_path: undefined, boundaries_path: undefined } : found, [found, props.path]);
  if (catalogue.isError) return <ProblemNote problem={asProblem(catalogue.error)} what={t`The list of reports could not be loaded.`} onAgain={() => void catalogue.refetch()} />;
  if (!report) {
    return <>{!props.inner && <div class="page-head"><h1>{props.title}</h1></div>}<Skeleton lines={4} height={400} /></>;
  }
  return <Report {...props} catalogued={report} sums={catalogue.data?.find((one) => one.id === props.grouped?.report)} />;
}

function Report({ catalogued: report, sums, grouped, title, sub, spec, defaults = () => {}, more = {}, tools, drawer, inner, actions, nothing }: ReportScreenProps & { catalogued: CatalogueReport; sums?: CatalogueReport }) {
  const viewed = useView(report, defaults);
  const { view, change, open } = viewed;
  const [, navigate] = useLocation();
  const toOpen = (row: Row) => (typeof spec.open === "function" ? spec.open(row) : "");
  const today = useToday();
  const parameters = { ...query(view, report, today), ...more };
  const { groups, without } = useGroups(viewed, report, sums, grouped);
  const selection = useSelection(JSON.stringify([report.path, parameters]));
  const rows = useRef<Rows | undefined>(undefined);
  const [known, setKnown] = useState(0);
  const { shown, rest } = columnsOf(report, spec, view);
  const opened = spec.open === "sel" && drawer ? view.sel : undefined;
  const beside = opened && spec.beside ? shown.filter((column) => spec.beside!.includes(column.name)).map((column) => ({ ...column, width: undefined })) : shown;
  const usual = report.default_ordering.slice(0, 1).map((name) => ({ field: name.replace(/^-/, ""), down: name.startsWith("-") }));
  const by = view.by.length > 0 ? view.by : usual;
  const press = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();
  const step = (offset: number) => {
    const list = rows.current;
    if (!list) return;
    let at = indexOf(list, spec, view.sel) + offset;
    while (list.group?.(at)) at += offset;
    const next = list.row(at);
    if (next) open(spec.key(next));
  };
  const row = opened ? rowOf(rows.current, spec, opened) : undefined;
  return (
    <div>
      {!inner && <div class="page-head">
        <h1>{title}</h1>
        {sub && <span class="sub">{sub}</span>}
        <Fresh class="only-phone fx" />
        <span class="grow" />
        <button class="btn quiet only-wide" type="button" onClick={() => void copy(location.origin + viewed.address)}><Icon name="link" /><Trans>Copy link</Trans></button>
      </div>}
      {!inner && <Views viewed={viewed} report={report} />}
      <div class="toolbar slide" role="group" aria-label={t`Filters`}>
        <Filters report={report} viewed={viewed} nameOf={filterTitle(report)} />
        <span class="grow only-wide" />
        {actions && selection.some(known) > 0 && actions({
          count: selection.some(known), rows: selection.everything ? undefined : selection.rows, query: parameters, clear: selection.clear,
        })}
        {tools?.(viewed)}
        <span data-tool="columns"><ColumnChooser shown={shown} rest={rest} spec={spec} viewed={viewed} /></span>
        <span data-tool="export"><Export path={report.path} query={parameters} rows={known} name={report.id} /></span>
      </div>
      {view.unknown.length > 0 && (
        <div class="below"><Note><Trans>Some parts of this address are unknown and were ignored: {{ parts: view.unknown.join(", ") }}.</Trans></Note></div>
      )}
      {without.length > 0 && (
        <div class="below"><Note><Trans>There are no sums of groups for some of the filters, so the rows are not grouped: {{ filters: without.map(filterTitle(report)).join(", ") }}.</Trans></Note></div>
      )}
      <Table
        key={groups?.by ?? ""} groups={groups} caption={title} list={{ path: report.path, query: parameters, cursors: report.cursors, boundaries: report.boundaries_path }} columns={beside} spec={spec} by={by} selection={selection} selected={opened}
        onBy={(next) => change((one) => { one.by = next; })}
        onWidth={(name, width) => change((one) => { one.widths = new Map(one.widths).set(name, width); })}
        onOpen={spec.onOpen ?? (typeof spec.open === "function" ? (one) => navigate(toOpen(one)) : spec.open ? (one) => open(spec.key(one)) : undefined)}
        onRows={(list) => { rows.current = list; setKnown(list.count); }}
        empty={() => <NoRows report={report} viewed={viewed} more={more} nameOf={filterTitle(report)} nothing={nothing} />}
        letters={{
          f: () => press(".chip.add"), c: () => press("[data-tool=columns] button"), e: () => press("[data-tool=export] button"),
          g: () => press("[data-tool=group] button"), "?": () => press("[data-tool=keys]"),
        }}
      />
      <Keys />
      {opened && drawer?.({ opened, row, step, close: () => open(undefined) })}
    </div>
  );
}

/** Returns the groups of a view, or the filters for which there are none. The address says which groups are open. */
function useGroups({ view, change }: Viewed, report: CatalogueReport, sums?: CatalogueReport, grouped?: GroupedBy): { groups?: Groups; without: string[] } {
  const today = useToday();
  if (!sums || !grouped) return { without: [] };
  const without = ungroupable(view, report, sums);
  if (without.length > 0) return { without };
  const { by, title } = grouped;
  const said = view.other.get("open");
  return {
    without,
    groups: {
      by, title,
      list: groupList(view, report, sums, by, today),
      rowsOf: (group) => rowsOf(group, view, report, by, today),
      open: said === undefined ? undefined : new Set(said.split(",").filter(Boolean)),
      toggle: (key, open, now) => change((one) => void one.other.set("open", (open ? [...now, key] : now.filter((other) => other !== key)).join(","))),
    },
  };
}

function indexOf(list: Rows, spec: Spec, key?: string): number {
  for (let at = 0; at < list.lines; at++) {
    const row = list.row(at);
    if (row && spec.key(row) === key) return at;
    if (at > 5000) break;
  }
  return -1;
}

function rowOf(list: Rows | undefined, spec: Spec, key: string) {
  const at = list ? indexOf(list, spec, key) : -1;
  return at >= 0 ? list?.row(at) : undefined;
}
