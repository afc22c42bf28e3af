import { expect, it } from "vitest";
import { newKeys } from "./new-rows";

it("marks the rows that came, but not a list that is drawn for the first time", () => {
  expect([...newKeys(["a", "b"], ["c", "a", "b"])]).toEqual(["c"]);
  expect([...newKeys([], ["a", "b"])]).toEqual([]);
  expect([...newKeys(["a", "b"], ["x", "y"])]).toEqual([]);
});
