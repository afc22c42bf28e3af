import { afterEach, expect, it, vi } from "vitest";
import { follow, most } from "./feed";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("../api/client", () => ({ get, api: {}, value: {} }));

afterEach(() => void get.mockReset());

const event = (id: number) => ({ id: String(id), type: "reward.booked", timestamp: "2026-11-27T14:05:00Z", data: {} });
const signal = new AbortController().signal;

it("continues after the last event, newest first", async () => {
  get.mockResolvedValueOnce({ data: [], next_cursor: "a", has_more: false });
  get.mockResolvedValueOnce({ data: [event(1), event(2)], next_cursor: "b", has_more: false });
  get.mockResolvedValueOnce({ data: [event(3)], next_cursor: "c", has_more: false });
  let news = await follow(undefined, "", signal);
  news = await follow(news, "", signal);
  news = await follow(news, "", signal);
  expect(news.events.map((one) => one.id)).toEqual(["3", "2", "1"]);
  expect(get.mock.calls.map(([, query]) => query.cursor)).toEqual(["latest", "a", "b"]);
  expect(news).toMatchObject({ many: 3, cursor: "c" });
});

it("holds the newest events and counts all", async () => {
  const full = { events: Array.from({ length: most }, (_, at) => event(at)), many: 900, cursor: "x" };
  get.mockResolvedValueOnce({ data: [event(1001), event(1002)], next_cursor: "y", has_more: false });
  const news = await follow(full, "reward.booked", signal);
  expect(news.events).toHaveLength(most);
  expect(news.events[0]!.id).toBe("1002");
  expect(news.many).toBe(902);
});
