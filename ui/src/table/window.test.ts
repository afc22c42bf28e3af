import { describe, expect, it } from "vitest";
import { scrollOf, windowAt } from "./window";

describe("the rows on the screen", () => {
  it("draws the visible rows and a few more", () => {
    expect(windowAt(0, 720, 1000, 36)).toEqual({ first: 0, last: 28, above: 0, below: 34992 });
    const middle = windowAt(3600, 720, 1000, 36);
    expect(middle).toEqual({ first: 92, last: 128, above: 3312, below: 31392 });
    expect(windowAt(0, 720, 3, 36)).toEqual({ first: 0, last: 3, above: 0, below: 0 });
  });

  it("reaches both ends of a million rows", () => {
    const rows = 1_000_000;
    expect(windowAt(0, 720, rows, 36).first).toBe(0);
    const end = windowAt(15_000_000 - 720, 720, rows, 36);
    expect(end.last).toBe(rows);
    expect(end.last - end.first).toBeLessThan(60);
    expect(Math.round(end.above + (end.last - end.first) * 36)).toBeLessThanOrEqual(15_000_000);
    const jump = scrollOf(900_000, 720, rows, 36);
    const there = windowAt(jump, 720, rows, 36);
    expect(there.first).toBeLessThanOrEqual(900_000);
    expect(there.last).toBeGreaterThan(900_000);
  });
});
