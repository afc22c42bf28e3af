import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { boundariesQuery, currentBoundaries } from "./boundaries";

const { get } = vi.hoisted(() => ({ get: vi.fn() }));
vi.mock("../api/client", () => ({ get, api: {}, value: {} }));

const list = { path: "/api/reports/orders/", query: {}, cursors: true, boundaries: "/api/v1/reports/orders/boundaries/" };
const of = (count: number) => ({ data: [{ row: 0, cursor: "a" }], totals: { count } });

beforeEach(() => void vi.useFakeTimers({ now: 1000 }));
afterEach(() => {
  vi.useRealTimers();
  get.mockReset();
});

/** Boundaries of 6,000 rows that were loaded at 1,000 ms. */
function client() {
  const client = new QueryClient();
  client.setQueryData(boundariesQuery(list).queryKey, of(6000));
  get.mockResolvedValue(of(5990));
  return client;
}

it("keeps boundaries before which rows have come", async () => {
  expect(await currentBoundaries(client(), list, { count: 6010, read: 2000 })).toEqual(of(6000));
  expect(get).not.toHaveBeenCalled();
});

it("keeps boundaries that are newer than the first page, and have rows that came since", async () => {
  expect(await currentBoundaries(client(), list, { count: 5990, read: 500 })).toEqual(of(6000));
  expect(get).not.toHaveBeenCalled();
});

it("loads the boundaries again if rows have vanished since", async () => {
  expect(await currentBoundaries(client(), list, { count: 5990, read: 2000 })).toEqual(of(5990));
  expect(get).toHaveBeenCalledTimes(1);
});

it("goes without boundaries if they cannot be loaded", async () => {
  const one = client();
  get.mockRejectedValue(new Error("no"));
  expect(await currentBoundaries(one, list, { count: 5990, read: 2000 })).toBeUndefined();
});
