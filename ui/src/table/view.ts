import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import type { CatalogueReport } from "../api/queries";
import { read, write, type Filter, type View } from "./grammar";

export interface Viewed {
  view: View;
  address: string; // path and query of the view
  screen: string; // path of the address
  query: string; // query of the address, without the open row
  usual: string; // the same for the screen's default view
  change: (change: (view: View) => void) => void; // replaces the current entry of the browser's history
  open: (key?: string) => void; // adds an entry to the browser's history
}

/** Returns a query in the form in which this page writes it, without the open row. */
export const canonical = (query: string, report: CatalogueReport) => write({ ...read(query, report), sel: undefined }, report);

/** Returns the view that the address describes. The view is stored nowhere else. */
export function useView(report: CatalogueReport, defaults: (view: View) => void): Viewed {
  const [path, navigate] = useLocation();
  const search = useSearch();
  const view = useMemo(() => {
    const said = read(search, report);
    defaults(said);
    return said;
  }, [search, report]);
  const go = (next: View, replace: boolean) => {
    const parts = write(next, report);
    navigate(parts ? `${path}?${parts}` : path, { replace });
  };
  return {
    view,
    address: `${path}?${write(view, report)}`,
    screen: path,
    query: write({ ...view, sel: undefined }, report),
    usual: useMemo(() => {
      const usual = read("", report);
      defaults(usual);
      return write(usual, report);
    }, [report]),
    change(change) {
      const next = copyOf(view);
      change(next);
      go(next, true);
    },
    open(key) {
      const next = copyOf(view);
      next.sel = key;
      go(next, key === undefined || view.sel !== undefined);
    },
  };
}

function copyOf(view: View): View {
  return { ...view, filters: new Map<string, Filter>(view.filters), by: [...view.by], other: new Map(view.other), unknown: [] };
}
