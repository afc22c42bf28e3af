// The time by the server's clock. This machine's clock may be wrong, and the
// server may rehearse another day.

let ahead = 0; // milliseconds

export const now = (): number => Date.now() + ahead;

export function setNow(at: number): void {
  ahead = at - Date.now();
}

/**
 * Today by the server's clock, in UTC. The programme's days may begin a few
 * hours away from it; the API does not tell the programme's zone.
 */
export const today = (): string => new Date(now()).toISOString().slice(0, 10);
