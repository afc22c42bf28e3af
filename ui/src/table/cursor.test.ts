import { describe, expect, it } from "vitest";
import { cursorAt, indexOf } from "./cursor";

const rows = (keys: string[]) => ({ count: keys.length, row: (index: number) => (keys[index] === "?" ? undefined : keys[index] ? { id: keys[index] } : undefined) });
const keyOf = (row: Record<string, unknown>) => String(row.id);
const index = (keys: string[], at: number, key?: string) => indexOf({ index: at, key }, rows(keys), keyOf);

describe("the cursor", () => {
  it("stays on its row when rows come or go above it", () => {
    const cursor = cursorAt(1, rows(["a", "b", "c"]), keyOf);
    expect(cursor).toEqual({ index: 1, key: "b" });
    expect(index(["x", "y", "a", "b", "c"], 1, "b")).toBe(3);
    expect(index(["b", "c"], 1, "b")).toBe(0);
  });

  it("is on the row that took the place of one that has gone", () => {
    expect(index(["a", "c", "d"], 1, "b")).toBe(1);
    expect(index(["a"], 1, "b")).toBe(0);
  });

  it("stays at its number while its row is loading, and before the table is used", () => {
    expect(index(["a", "?", "c"], 1, "b")).toBe(1);
    expect(index(["x", "a", "b"], 0)).toBe(0);
    expect(index([], 0, "a")).toBe(0);
  });
});
