// Hears by the feed of events that something has happened, so that the page shows it
// within two seconds.
import { useEffect, useRef, useState, type RefObject } from "react";
import { store, useStore } from "../lib/store";
import { get } from "./client";
import { asProblem } from "./problem";
import { queries } from "./queries";
import { session } from "./session";

/** How often there was news since the page was opened. */
export const news = store(0);

/** What an event may change, besides the lists, which decide for themselves when to load their rows again. */
const changed = ["summary", "rewards-by-day", "top-accounts", "wallet", "rebates", "notifications"];

/** The least time between two requests, in milliseconds. A server with many waiting requests answers at once. */
const least = 1000;

function tell(): void {
  void queries.invalidateQueries({ predicate: ({ queryKey, meta }) => changed.includes(String(queryKey[0])) && !meta?.once });
  news.set(news.get() + 1);
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Waits for events after a cursor, until it is stopped. */
export async function listen(cursor: RefObject<string>, signal: AbortSignal, onNews = tell): Promise<void> {
  while (!signal.aborted) {
    try {
      const query = { limit: "200", cursor: cursor.current, ...(cursor.current === "latest" ? {} : { wait: "20" }) };
      const part = await get<{ data: object[]; next_cursor: string }>("/api/v1/events/", query, signal);
      cursor.current = part.next_cursor;
      if (part.data.length > 0) onNews();
      await pause(least);
    } catch (error) {
      const { status } = asProblem(error);
      if (signal.aborted || status === 403) return;
      if (status === 400) cursor.current = "latest"; // the cursor is older than the stored events
      await pause(5 * least);
    }
  }
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return visible;
}

/**
 * Listens while the page is visible. A hidden tab would hold one of the few connections
 * that a browser opens to a server.
 */
export function useNews(): void {
  const open = useStore(session) === "open";
  const visible = useVisible();
  const cursor = useRef("latest");
  useEffect(() => {
    if (!open || !visible) return;
    const stop = new AbortController();
    void listen(cursor, stop.signal);
    return () => stop.abort();
  }, [open, visible]);
}
