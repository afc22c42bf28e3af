// The grammar of a table's address, which contains the table's filters, order and
// columns. See "The address" in docs/page.md.
import type { CatalogueColumn, CatalogueReport } from "../api/queries";
import { firstOfMonth, lastOfMonth, plusDays } from "../lib/time";
import { shortName } from "./names";
import { readWidths } from "./widths";

export type Filter =
  | { kind: "any"; values: string[] }
  | { kind: "range"; from?: string; to?: string }
  | { kind: "period"; name: string }
  | { kind: "all" }; // switches off the screen's default filter

export interface Order {
  field: string;
  down: boolean;
}

export interface View {
  filters: Map<string, Filter>; // by the name of the column
  by: Order[];
  cols?: string[];
  widths?: Map<string, number>; // in pixels, of columns that do not have their usual width
  sel?: string;
  other: Map<string, string>; // parts that belong to the screen itself, such as rows and group
  unknown: string[]; // parts that have no meaning
}

const own = ["rows", "group", "open"];

/** Returns the column to which a filter named "date" applies. */
function dated(report: CatalogueReport): string {
  return (report.default_ordering[0] ?? "").replace(/^-/, "");
}

/** Returns the name of a filter's column in the address. */
export function filterKey(report: CatalogueReport, column: string): string {
  return shortName(column === "date" ? dated(report) : column);
}

/** Returns the beginning of the parameters for a filter by day, or undefined for other columns. */
const dayParameter = (column: CatalogueColumn) => column.filters.find((name) => name.endsWith("_from"))?.slice(0, -5);

export const isDay = (column: CatalogueColumn) => dayParameter(column) !== undefined;

export const filterable = (report: CatalogueReport) => report.columns.filter((column) => column.filters.length > 0);

const day = /^\d{4}-\d{2}-\d{2}$/;

/** Parses the value of one filter. It returns undefined if the text has no meaning. */
export function readFilter(text: string, isDate: boolean): Filter | undefined {
  if (text === "all") return { kind: "all" };
  if (isDate) {
    if (/^last\d{1,4}$/.test(text) || text === "month" || /^\d{4}-\d{2}$/.test(text)) return { kind: "period", name: text };
    const [from = "", to] = text.split("..");
    if (to === undefined) return day.test(from) ? { kind: "range", from, to: from } : undefined;
    if ((from && !day.test(from)) || (to && !day.test(to)) || (!from && !to)) return undefined;
    return { kind: "range", from: from || undefined, to: to || undefined };
  }
  const values = text.split(",").filter(Boolean);
  return values.length > 0 && !text.startsWith("!") ? { kind: "any", values } : undefined;
}

export function writeFilter(filter: Filter): string {
  switch (filter.kind) {
    case "any":
      return filter.values.join(",");
    case "range":
      return `${filter.from ?? ""}..${filter.to ?? ""}`;
    case "period":
      return filter.name;
    case "all":
      return "all";
  }
}

/** Parses an address. It accepts the short names of columns as well as the API's names. */
export function read(search: string, report: CatalogueReport): View {
  const view: View = { filters: new Map(), by: [], other: new Map(), unknown: [] };
  for (const [key, text] of new URLSearchParams(search)) {
    if (own.includes(key)) view.other.set(key, text);
    else if (key === "sel") view.sel = text;
    else if (key === "by") readOrder(text, report, view);
    else if (key === "cols") readColumns(text, report, view);
    else if (key === "widths") readColumnWidths(text, report, view);
    else {
      const column = filterable(report).find((one) => filterKey(report, one.name) === key || one.name === key);
      const filter = column && readFilter(text, isDay(column));
      if (column && filter) view.filters.set(column.name, filter);
      else view.unknown.push(`${key}=${text}`);
    }
  }
  return view;
}

function readOrder(text: string, report: CatalogueReport, view: View): void {
  for (const part of text.split(",").filter(Boolean)) {
    const down = part.startsWith("-");
    const name = down ? part.slice(1) : part;
    const column = report.columns.find((one) => one.orderable && (one.name === name || shortName(one.name) === name));
    if (column) view.by.push({ field: column.name, down });
    else view.unknown.push(`by=${part}`);
  }
}

function readColumns(text: string, report: CatalogueReport, view: View): void {
  view.cols = [];
  for (const name of text.split(",").filter(Boolean)) {
    const column = report.columns.find((one) => one.shown && (one.name === name || shortName(one.name) === name));
    if (column) view.cols.push(column.name);
    else view.unknown.push(`cols=${name}`);
  }
  if (view.cols.length === 0) view.cols = undefined;
}

function readColumnWidths(text: string, report: CatalogueReport, view: View): void {
  const { widths, unknown } = readWidths(text, (name) => report.columns.find((one) => one.shown && (one.name === name || shortName(one.name) === name))?.name);
  if (widths.size > 0) view.widths = widths;
  view.unknown.push(...unknown.map((part) => `widths=${part}`));
}

/** Writes the address of a view. It leaves out the parts that have no meaning. */
export function write(view: View, report: CatalogueReport): string {
  const parts: string[] = [];
  const put = (key: string, text: string) => parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":")}`);
  for (const key of own) if (view.other.has(key)) put(key, view.other.get(key)!);
  for (const [column, filter] of view.filters) put(filterKey(report, column), writeFilter(filter));
  if (view.by.length > 0) put("by", view.by.map((order) => (order.down ? "-" : "") + order.field).join(","));
  if (view.cols) put("cols", view.cols.map(shortName).join(","));
  if (view.widths?.size) put("widths", [...view.widths].map(([name, width]) => `${shortName(name)}:${width}`).join(","));
  if (view.sel) put("sel", view.sel);
  return parts.join("&");
}

/** Returns the first and last day of a filter. Periods such as last30 end today. */
export function span(filter: Filter, now: string): { from?: string; to?: string } {
  if (filter.kind === "range") return { from: filter.from, to: filter.to };
  if (filter.kind !== "period") return {};
  if (filter.name === "month") return { from: firstOfMonth(now), to: now };
  if (filter.name.startsWith("last")) return { from: plusDays(now, 1 - Number(filter.name.slice(4))), to: now };
  return { from: `${filter.name}-01`, to: lastOfMonth(`${filter.name}-01`) };
}

/** Returns the parameters with which the API returns the rows of a view. */
export function query(view: View, report: CatalogueReport, now: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const [name, filter] of view.filters) {
    if (filter.kind === "any") parameters[name] = filter.values.join(",");
    const { from, to } = span(filter, now);
    const column = report.columns.find((one) => one.name === name);
    const day = (column && dayParameter(column)) ?? name;
    if (from) parameters[`${day}_from`] = from;
    if (to) parameters[`${day}_to`] = to;
  }
  if (view.by.length > 0) parameters.ordering = view.by.map((order) => (order.down ? "-" : "") + order.field).join(",");
  return parameters;
}
