// The time by the server's clock. This machine's clock may be wrong, and the
// server may rehearse another day.
import { store, useStore } from "./store";
import { plusDays } from "./time";

let ahead = 0; // milliseconds

export const now = (): number => Date.now() + ahead;

export function setNow(at: number): void {
  ahead = at - Date.now();
}

/** The programme's day. It begins at midnight of the programme's zone, which the page does not know. */
const programme = store<string | undefined>(undefined);

/** Level progress counts 90 days, today included. Its first day therefore tells today's. */
export function setToday(firstOf90: string): void {
  programme.set(plusDays(firstOf90, 89));
}

const utc = () => new Date(now()).toISOString().slice(0, 10);

/** Today, as the programme counts days. Until the summary tells it, it is the day in UTC. */
export const today = (): string => programme.get() ?? utc();

/** The same for components, which follow it past midnight. */
export const useToday = (): string => useStore(programme) ?? utc();
