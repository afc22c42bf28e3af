// The time of the server's clock. This machine's clock may be wrong, and a demo's
// clock may show another day.
import { store, useStore } from "./store";
import { plusDays } from "./time";

let ahead = 0; // milliseconds by which the server's clock is ahead

export const now = (): number => Date.now() + ahead;

export function setNow(at: number): void {
  ahead = at - Date.now();
}

/**
 * Today in the programme's time zone. The page does not know this zone, so the
 * server must say which day it is.
 */
const programme = store<string | undefined>(undefined);

/** Sets today. firstOf90 is the first of the 90 days, including today, that count for the level. */
export function setToday(firstOf90: string): void {
  programme.set(plusDays(firstOf90, 89));
}

const utc = () => new Date(now()).toISOString().slice(0, 10);

/**
 * Returns today in the programme's time zone. Before the summary is loaded, it
 * returns the day in UTC.
 */
export const today = (): string => programme.get() ?? utc();

/** Like today, for components. They are drawn again when the day changes. */
export const useToday = (): string => useStore(programme) ?? utc();
