import { useLayoutEffect, type RefObject } from "react";

/** Height of the top bar, in pixels, which covers the top of the window. */
const covered = 56;

/** Returns the row that one reads: the open one, or else the first one below the top bar. */
function readIn(box: HTMLElement): Element | undefined {
  const seen = (row: Element) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > covered && top < innerHeight;
  };
  const open = box.querySelector("tbody tr.sel");
  if (open && seen(open)) return open;
  if (box.getBoundingClientRect().top >= covered) return undefined; // the top of the list is on the screen
  return [...box.querySelectorAll("tbody tr")].find(seen);
}

/**
 * Keeps the row that one reads in its place in the window when rows come or go above
 * it. If the top of the list is on the screen and no row is open, new rows move the
 * others down.
 */
export function useSteady(box: RefObject<HTMLElement | null>, rows: unknown): void {
  // While the component is drawn, the document still has the rows of before.
  const row = box.current ? readIn(box.current) : undefined;
  const before = row?.getBoundingClientRect().top;
  useLayoutEffect(() => {
    if (!row?.isConnected || before === undefined) return;
    const moved = row.getBoundingClientRect().top - before;
    if (moved !== 0) scrollBy({ top: moved, behavior: "instant" });
  }, [rows]);
}
