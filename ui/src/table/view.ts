import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import type { CatalogueReport } from "../api/queries";
import { read, write, type Filter, type View } from "./grammar";

export interface Viewed {
  view: View;
  address: string; // path and query of the view
  change: (change: (view: View) => void) => void; // replaces the current entry of the browser's history
  open: (key?: string) => void; // adds an entry to the browser's history
}

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
