import { describe, expect, it } from "vitest";
import { beside, cursorAt, indexOf } from "./cursor";

const lines = (keys: string[]) => ({ lines: keys.length, keyAt: (index: number) => (keys[index] === "?" ? undefined : keys[index]) });
const index = (keys: string[], at: number, key?: string) => indexOf({ index: at, key }, lines(keys));

describe("the cursor", () => {
  it("stays on its row when rows come or go above it", () => {
    const cursor = cursorAt(1, lines(["a", "b", "c"]));
    expect(cursor).toEqual({ index: 1, key: "b" });
    expect(index(["x", "y", "a", "b", "c"], 1, "b")).toBe(3);
    expect(index(["b", "c"], 1, "b")).toBe(0);
  });

  it("is on the row that took the place of one that has gone", () => {
    expect(index(["a", "c", "d"], 1, "b")).toBe(1);
    expect(index(["a"], 1, "b")).toBe(0);
  });

  it("stays on its line while its row is loading, and before the table is used", () => {
    expect(index(["a", "?", "c"], 1, "b")).toBe(1);
    expect(index(["x", "a", "b"], 0)).toBe(0);
    expect(index([], 0, "a")).toBe(0);
  });

  it("goes from the whole row to its cells and back", () => {
    const columns = [{ name: "order" }, { name: "lots" }];
    expect(beside(columns, undefined, 1)).toBe("order");
    expect(beside(columns, "order", 1)).toBe("lots");
    expect(beside(columns, "lots", 1)).toBe("lots");
    expect(beside(columns, "order", -1)).toBeUndefined();
    expect(beside(columns, undefined, -1)).toBeUndefined();
  });
});
