import { describe, expect, it } from "vitest";
import { placeOf } from "./place";

const boundaries = { data: [{ row: 0, cursor: "first" }, { row: 2000, cursor: "b" }, { row: 4000, cursor: "c" }], totals: { count: 5000 } };

describe("the place of a page", () => {
  it("is beside a loaded neighbour", () => {
    expect(placeOf(4100, { before: { page: { next: "n", previous: null } }, boundaries, arrived: 0 })).toEqual({ cursor: "n" });
    expect(placeOf(4100, { after: { page: { next: null, previous: "p" } }, boundaries, arrived: 0 })).toEqual({ cursor: "p" });
  });

  it("is counted from the boundary before it", () => {
    expect(placeOf(4000, { boundaries, arrived: 0 })).toEqual({ cursor: "c" });
    expect(placeOf(3900, { boundaries, arrived: 0 })).toEqual({ cursor: "b", offset: "1900" });
    expect(placeOf(100_000, { boundaries, arrived: 0 })).toEqual({ cursor: "c", offset: "96000" });
  });

  it("does not count the rows that arrived since", () => {
    expect(placeOf(4100, { boundaries, arrived: 3 })).toEqual({ cursor: "c", offset: "97" });
    expect(placeOf(4000, { boundaries, arrived: 3 })).toEqual({ cursor: "b", offset: "1997" });
  });

  it("counts the rows that the boundaries have and the list has not", () => {
    expect(placeOf(4000, { boundaries, arrived: -3 })).toEqual({ cursor: "c", offset: "3" });
    expect(placeOf(3999, { boundaries, arrived: -3 })).toEqual({ cursor: "c", offset: "2" });
  });

  it("is an offset near the top, and without cursors", () => {
    expect(placeOf(300, { boundaries, arrived: 0 })).toEqual({ offset: "300" });
    expect(placeOf(4100, { arrived: 0 })).toEqual({ offset: "4100" });
    expect(placeOf(4100, { before: {}, arrived: 0 })).toEqual({ offset: "4100" });
  });
});
