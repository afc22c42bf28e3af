// What a screen tells the table about its report, beyond the catalogue.
import type { ComponentChildren } from "preact";
import type { CatalogueColumn, CatalogueReport } from "../api/queries";
import { isNumber, kindOf, type Kind, type Row } from "./cell";
import { title } from "./names";
import type { View } from "./grammar";

export interface Spec {
  columns: string[]; // shown unless the address says otherwise
  without?: string[]; // columns that the rows do not have
  beside?: string[]; // kept beside an open drawer
  always: string; // the column that cannot be hidden; the phone's amount
  key: (row: Row) => string;
  /** The address that a row opens, or "sel" for the drawer beside the table. */
  open?: "sel" | ((row: Row) => string);
  onOpen?: (row: Row) => void; // instead of an address
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
}

function described(column: CatalogueColumn, spec: Spec): Column {
  const kind = kindOf(column);
  return {
    name: column.name, title: spec.title?.[column.name] ?? title(column.name), kind, number: isNumber(kind), orderable: column.orderable,
    about: column.description,
  };
}

/** All columns of a report that can be shown, those of the view first. */
export function columnsOf(report: CatalogueReport, spec: Spec, view: View): { shown: Column[]; rest: Column[] } {
  const all = report.columns.filter((column) => column.shown && !spec.without?.includes(column.name)).map((column) => described(column, spec));
  const find = (name: string) => all.find((column) => column.name === name);
  const names = view.cols ?? spec.columns;
  const chosen = names.includes(spec.always) ? names : [...names, spec.always];
  const shown = chosen.map(find).filter((column): column is Column => column !== undefined);
  return { shown, rest: all.filter((column) => !shown.includes(column)) };
}
