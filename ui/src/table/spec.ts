// Describes how a screen shows its report, in addition to the report catalogue.
import type { ComponentChildren } from "preact";
import type { CatalogueColumn, CatalogueReport } from "../api/queries";
import { isNumber, kindOf, type Kind, type Row } from "./cell";
import { title } from "./names";
import type { View } from "./grammar";

export interface Spec {
  columns: string[]; // columns shown if the address names none
  without?: string[]; // columns that these rows do not have
  beside?: string[]; // columns that stay visible beside an open drawer
  always: string; // column that cannot be hidden; a phone shows it as the amount
  key: (row: Row) => string;
  /** The address that a row opens, or "sel" to open the drawer beside the table. */
  open?: "sel" | ((row: Row) => string);
  onOpen?: (row: Row) => void; // called instead of opening an address
  cell?: Partial<Record<string, (row: Row, shown: ComponentChildren) => ComponentChildren>>;
  title?: Partial<Record<string, string>>;
  phone: (row: Row) => { title: ComponentChildren; sub: ComponentChildren };
}

export interface Column {
  name: string;
  title: string;
  kind: Kind;
  number: boolean;
  orderable: boolean;
  about?: string;
  width?: number; // in pixels, if it is not the usual one
}

function described(column: CatalogueColumn, spec: Spec): Column {
  const kind = kindOf(column);
  return {
    name: column.name, title: spec.title?.[column.name] ?? title(column.name), kind, number: isNumber(kind), orderable: column.orderable,
    about: column.description,
  };
}

/** Returns the columns of a report. shown contains those of the view, and rest all others. */
export function columnsOf(report: CatalogueReport, spec: Spec, view: View): { shown: Column[]; rest: Column[] } {
  const all = report.columns.filter((column) => column.shown && !spec.without?.includes(column.name)).map((column) => described(column, spec));
  const find = (name: string) => all.find((column) => column.name === name);
  const names = view.cols ?? spec.columns;
  const chosen = names.includes(spec.always) ? names : [...names, spec.always];
  const shown = chosen.map(find).filter((column): column is Column => column !== undefined).map((column) => ({ ...column, width: view.widths?.get(column.name) }));
  return { shown, rest: all.filter((column) => !shown.some((one) => one.name === column.name)) };
}
