import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { QueryObserver } from "@tanstack/react-query";
import { listen, news, tell } from "./news";
import { Problem } from "./problem";
import { queries } from "./queries";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("./client", () => ({ get, api: {}, value: {} }));

let hour = 0;
// The clock goes on from test to test, because the module remembers when it last told of news.
beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 1, ++hour) }));
afterEach(() => {
  vi.useRealTimers();
  get.mockReset();
});

const from = (cursor: string) => ({ cursor, missed: false });
const part = (many: number, next_cursor: string) => ({ data: Array.from({ length: many }, () => ({})), next_cursor });

it("tells of news, continues after the last event, and never asks more than once a second", async () => {
  const stop = new AbortController();
  const told = vi.fn();
  get.mockResolvedValueOnce(part(0, "a")).mockResolvedValueOnce(part(2, "b")).mockResolvedValueOnce(part(0, "c"))
    .mockRejectedValueOnce(new Problem(503, "ServiceUnavailable", "")).mockRejectedValueOnce(new Problem(400, "ValidationError", "")).mockResolvedValue(part(0, "d"));
  void listen(from("latest"), stop.signal, told);
  await vi.advanceTimersByTimeAsync(900);
  expect(get).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(12_500);
  stop.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told, "of two events, and of the events that were missed").toHaveBeenCalledTimes(2);
  expect(get.mock.calls.slice(0, 6).map(([, query]) => query.cursor)).toEqual(["latest", "a", "b", "c", "c", "latest"]);
  expect(get).toHaveBeenCalledTimes(6);
});

it("tells of missed events also if the page was hidden before it could continue", async () => {
  const heard = from("z");
  const [first, second] = [new AbortController(), new AbortController()];
  const told = vi.fn();
  get.mockRejectedValueOnce(new Problem(400, "ValidationError", "")).mockResolvedValue(part(0, "a"));
  void listen(heard, first.signal, told);
  await vi.advanceTimersByTimeAsync(100);
  first.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).not.toHaveBeenCalled();
  void listen(heard, second.signal, told);
  await vi.advanceTimersByTimeAsync(100);
  second.abort();
  expect(told).toHaveBeenCalledTimes(1);
});

it("stops if the partner may not read events", async () => {
  get.mockRejectedValue(new Problem(403, "PermissionDenied", ""));
  await listen(from("latest"), new AbortController().signal);
  expect(get).toHaveBeenCalledTimes(1);
});

it("waits as long as a 429 says", async () => {
  const stop = new AbortController();
  get.mockRejectedValueOnce(new Problem(429, "Throttled", "", [], undefined, 17)).mockResolvedValue(part(0, "a"));
  void listen(from("z"), stop.signal, vi.fn());
  await vi.advanceTimersByTimeAsync(16_900);
  expect(get).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(get).toHaveBeenCalledTimes(2);
  stop.abort();
});

/** Shows queries that take some milliseconds, and notes when each began. */
function shown(keys: string[][], ms: number) {
  const began: { key: string; at: number }[] = [];
  const stops = keys.map((queryKey) => new QueryObserver(queries, {
    queryKey,
    queryFn: async () => {
      began.push({ key: queryKey.join(), at: Date.now() });
      await new Promise((done) => setTimeout(done, ms));
      return null;
    },
  }).subscribe(() => undefined));
  const stop = () => {
    stops.forEach((stop) => stop());
    queries.clear();
  };
  return { began, stop };
}

it("loads what events may change, and not what never changes", async () => {
  const keys = [["summary"], ["campaign-streams", "2026-11-01"], ["performance", "day", "", ""], ["wallet", "accounts"], ["wallet", "methods"], ["profile"]];
  const { began, stop } = shown(keys, 10);
  await vi.advanceTimersByTimeAsync(100);
  began.length = 0;
  tell();
  await vi.advanceTimersByTimeAsync(100);
  stop();
  expect(began.map(({ key }) => key).sort()).toEqual(["campaign-streams,2026-11-01", "performance,day,,", "summary", "wallet,accounts"]);
});

it("finishes what it loads under steady news, and loads once more after the last", async () => {
  const { began, stop } = shown([["summary"]], 7000);
  await vi.advanceTimersByTimeAsync(8000);
  const heard = news.get();
  let last = 0;
  for (let second = 0; second < 60; second++) {
    last = Date.now();
    tell();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(queries.getQueryState(["summary"])?.dataUpdateCount).toBeGreaterThan(6);
  expect(news.get() - heard).toBeLessThanOrEqual(14);
  await vi.advanceTimersByTimeAsync(30_000);
  stop();
  expect(began.at(-1)?.at).toBeGreaterThan(last);
});

it("loads again what was already being loaded when the news came", async () => {
  const { began, stop } = shown([["summary"]], 2000);
  await vi.advanceTimersByTimeAsync(500);
  tell();
  await vi.advanceTimersByTimeAsync(30_000);
  stop();
  expect(began.length).toBe(2);
});
