import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { paced } from "./pace";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("works at once after a quiet time", () => {
  const work = vi.fn();
  const ask = paced(work, 5000);
  ask();
  ask();
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(60_000);
  ask();
  expect(work).toHaveBeenCalledTimes(3);
});

it("works once in five seconds under steady requests, and once after the last", () => {
  const at: number[] = [];
  const began = Date.now();
  const ask = paced(() => at.push(Date.now() - began), 5000);
  for (let second = 0; second <= 21; second++) {
    ask();
    vi.advanceTimersByTime(1000);
  }
  expect(at.filter((ms) => ms > 1000).length).toBe(4);
  vi.advanceTimersByTime(60_000);
  expect(at.length).toBe(7);
  expect(at.at(-1)).toBeGreaterThan(21_000);
  expect(at.at(-1)).toBeLessThanOrEqual(26_000);
});
