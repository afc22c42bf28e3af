import { expect, it } from "vitest";
import { top } from "./scale";

it("ends an axis at a round number", () => {
  expect([0, 3, 1051, 1201, 97].map(top)).toEqual([4, 3, 1200, 1600, 100]);
});
