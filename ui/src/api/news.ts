// Hears by the feed of events that something has happened, so that the page shows it
// within two seconds.
import type { Query } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { paced } from "../lib/pace";
import { store, useStore } from "../lib/store";
import { get } from "./client";
import { asProblem } from "./problem";
import { queries } from "./queries";
import { session } from "./session";

/** How often there was news since the page was opened. */
export const news = store(0);

/** What an event may change, besides the lists, which decide for themselves when to load their rows again. */
const changed = ["summary", "rewards-by-day", "top-accounts", "campaign-streams", "performance", "wallet", "rebates", "notifications"];

const concerned = {
  predicate: ({ queryKey: [first, second], meta }: Pick<Query, "queryKey" | "meta">) =>
    changed.includes(String(first)) && second !== "methods" && !meta?.once,
};

/** The least time between two requests for events, in milliseconds. A server with many waiting requests answers at once. */
const least = 1000;

/**
 * Loads again what the news may have changed. Nothing is cancelled, or nothing would ever
 * finish under steady news. A request that was already running may have missed the news,
 * so another pass follows it.
 */
async function pass(): Promise<void> {
  const running = queries.isFetching(concerned) > 0;
  news.set(news.get() + 1);
  await queries.invalidateQueries(concerned, { cancelRefetch: false });
  if (running) tell();
}

/** Tells the page of news. Under steady news, the page loads once in five seconds. */
export const tell = paced(() => void pass(), 5 * least);

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** How far the page has heard the events. */
interface Heard {
  cursor: string;
  missed: boolean; // true if the server no longer had the events after the cursor
}

/**
 * Waits for events after a cursor, until it is stopped. If the server no longer has the
 * events after the cursor, it continues with the newest one, and everything may be new.
 */
export async function listen(heard: Heard, signal: AbortSignal, onNews = tell): Promise<void> {
  while (!signal.aborted) {
    try {
      const query = { limit: "200", cursor: heard.cursor, ...(heard.cursor === "latest" ? {} : { wait: "20" }) };
      const part = await get<{ data: object[]; next_cursor: string }>("/api/v1/events/", query, signal);
      heard.cursor = part.next_cursor;
      if (part.data.length > 0 || heard.missed) onNews();
      heard.missed = false;
      await pause(least);
    } catch (error) {
      const { status, retryAfter } = asProblem(error);
      if (signal.aborted || status === 403) return;
      if (status === 400) {
        heard.cursor = "latest";
        heard.missed = true;
      }
      await pause(retryAfter === undefined ? 5 * least : Math.max(least, 1000 * retryAfter));
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
  const heard = useRef<Heard>({ cursor: "latest", missed: false });
  useEffect(() => {
    if (!open || !visible) return;
    const stop = new AbortController();
    void listen(heard.current, stop.signal);
    return () => stop.abort();
  }, [open, visible]);
}
