import { expect, it } from "vitest";
import { countLines, headerOf, lineAt } from "./lines";

const opened = [{ at: 1, rows: 2 }, { at: 2, rows: 0 }, { at: 4, rows: 3 }];

it("places the rows of open groups below their headers", () => {
  const all = Array.from({ length: countLines(6, opened) }, (_, index) => lineAt(index, opened));
  expect(all).toEqual([
    { group: 0 }, { group: 1 }, { group: 1, row: 0 }, { group: 1, row: 1 }, { group: 2 }, { group: 3 },
    { group: 4 }, { group: 4, row: 0 }, { group: 4, row: 1 }, { group: 4, row: 2 }, { group: 5 },
  ]);
});

it("finds the header of each group", () => {
  for (let group = 0; group < 6; group++) expect(lineAt(headerOf(group, opened), opened)).toEqual({ group });
});
