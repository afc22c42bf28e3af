// Records the requests of each screen, so that partners can send them from a program.
import { store } from "../lib/store";

export interface Recent {
  url: string; // path and query
  screen: string; // the address of the screen that made it
}

const most = 60;

export const recent = store<Recent[]>([]);

/** Records a GET request once for each screen, the newest first. */
export function remember(request: Request): void {
  const { pathname, search } = new URL(request.url);
  if (request.method !== "GET" || !pathname.startsWith("/api/") || pathname === "/api/v1/events/") return; // every screen waits for events
  const call = { url: pathname + search, screen: location.pathname };
  const others = recent.get().filter((one) => one.url !== call.url || one.screen !== call.screen);
  if (others.length === recent.get().length || recent.get()[0]?.url !== call.url) recent.set([call, ...others].slice(0, most));
}
