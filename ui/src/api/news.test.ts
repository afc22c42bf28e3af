import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { listen } from "./news";
import { Problem } from "./problem";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("./client", () => ({ get, api: {}, value: {} }));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  get.mockReset();
});

const part = (many: number, next_cursor: string) => ({ data: Array.from({ length: many }, () => ({})), next_cursor });

it("tells of news, continues after the last event, and never asks more than once a second", async () => {
  const stop = new AbortController();
  const told = vi.fn();
  get.mockResolvedValueOnce(part(0, "a")).mockResolvedValueOnce(part(2, "b")).mockResolvedValueOnce(part(0, "c"))
    .mockRejectedValueOnce(new Problem(503, "ServiceUnavailable", "")).mockRejectedValueOnce(new Problem(400, "ValidationError", "")).mockResolvedValue(part(0, "d"));
  void listen({ current: "latest" }, stop.signal, told);
  await vi.advanceTimersByTimeAsync(900);
  expect(get).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(12_500);
  stop.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toHaveBeenCalledTimes(1);
  expect(get.mock.calls.slice(0, 6).map(([, query]) => query.cursor)).toEqual(["latest", "a", "b", "c", "c", "latest"]);
  expect(get).toHaveBeenCalledTimes(6);
});

it("stops if the partner may not read events", async () => {
  get.mockRejectedValue(new Problem(403, "PermissionDenied", ""));
  await listen({ current: "latest" }, new AbortController().signal);
  expect(get).toHaveBeenCalledTimes(1);
});
