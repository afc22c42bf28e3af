// Which lists a grouped table has: one whose rows are the groups, with their exact sums,
// and one for the rows of each group.
import type { ComponentChildren } from "preact";
import type { CatalogueReport } from "../api/queries";
import { lastOfMonth } from "../lib/time";
import type { Row } from "./cell";
import { isDay, query, span, type Filter, type View } from "./grammar";
import type { List } from "./pages";

/** How a screen groups its rows. */
export interface GroupedBy {
  report: string; // id of the report that sums the rows up
  by: string; // the column of that report in which all rows of a group agree
  title: (group: Row) => ComponentChildren;
}

/** The lists of a grouped table. */
export interface Groups {
  by: string;
  title: GroupedBy["title"];
  list: List;
  rowsOf: (group: Row) => List | undefined; // undefined if the API cannot list them
  open: Set<string> | undefined; // keys of the open groups; undefined: the first one
  toggle: (key: string, open: boolean, now: string[]) => void; // now: keys of the groups that are open
}

export const keyOfGroup = (groups: Pick<Groups, "by">, group: Row): string => String(group[groups.by] ?? "");

const periods = ["reward_date", "month"];

const dayOf = (report: CatalogueReport) => report.columns.find(isDay)?.name;

/** Returns the filters of a view by which the groups cannot be summed up. */
export function ungroupable(view: View, report: CatalogueReport, sums: CatalogueReport): string[] {
  return [...view.filters].filter(([name, filter]) => filter.kind !== "all" && !sumsColumn(name, report, sums)).map(([name]) => name);
}

function sumsColumn(name: string, report: CatalogueReport, sums: CatalogueReport): string | undefined {
  const wanted = name === dayOf(report) ? dayOf(sums) : name;
  return sums.columns.find((column) => column.name === wanted && column.filters.length > 0)?.name;
}

/** Returns the list of groups. They have the order of the rows, if groups can have it. */
export function groupList(view: View, report: CatalogueReport, sums: CatalogueReport, by: string, today: string): List {
  const filters = new Map<string, Filter>();
  for (const [name, filter] of view.filters) {
    const column = sumsColumn(name, report, sums);
    if (column) filters.set(column, filter);
  }
  return { path: sums.path, query: { ...query({ ...view, filters, by: [orderOf(view, sums, by)] }, sums, today), aggregate_by: by }, cursors: sums.cursors };
}

function orderOf(view: View, sums: CatalogueReport, by: string) {
  const [first] = view.by;
  if (first && periods.includes(by) && ["close_date", "open_date", "reward_date"].includes(first.field)) return { field: by, down: first.down };
  const summed = first && sums.columns.find(({ name, orderable, filters }) => name === first.field && orderable && (filters.length === 0 || name === by));
  if (first && summed && first.field !== "month") return first;
  return { field: periods.includes(by) ? by : "reward_usd", down: true };
}

/** Returns the list of a group's rows, or undefined if no filter selects them. */
export function rowsOf(group: Row, view: View, report: CatalogueReport, by: string, today: string): List | undefined {
  const value = group[by];
  if (value === null || value === undefined || value === "") return undefined;
  const filters = new Map(view.filters);
  const column = periods.includes(by) ? dayOf(report) : by;
  if (!column) return undefined;
  if (by === "reward_date") filters.set(column, { kind: "range", from: String(value), to: String(value) });
  else if (by === "month") filters.set(column, within(`${value}-01`, filters.get(column), today));
  else filters.set(column, { kind: "any", values: [String(value)] });
  return { path: report.path, query: query({ ...view, filters }, report, today), cursors: report.cursors };
}

/** Returns the days of a month that a filter allows. */
function within(first: string, filter: Filter | undefined, today: string): Filter {
  const { from, to } = filter ? span(filter, today) : {};
  const last = lastOfMonth(first);
  return { kind: "range", from: from && from > first ? from : first, to: to && to < last ? to : last };
}
