import { expect, it } from "vitest";
import { bandsAt, together } from "./bands";

const source = (key: string, ...values: number[]) => ({ key, name: key, values });

it("shows four sources and combines the rest", () => {
  const all = [source("a", 1), source("b", 5), source("c", 3), source("d", 2), source("", 9)];
  const kept = together(all, "others");
  expect(kept.map((one) => one.key)).toEqual(["b", "c", "*", ""]);
  expect(kept[2]!.values).toEqual([3]);
  expect(together(all.slice(0, 2), "others").map((one) => one.key)).toEqual(["b", "a"]);
});

it("fills the height of a stage with bands and gaps", () => {
  const bands = bandsAt([source("a", 3), source("b", 1)], 0, 0.2);
  expect(bands[0]!.from).toBe(0);
  expect(bands[0]!.to).toBeCloseTo(0.6);
  expect(bands[1]!.from).toBeCloseTo(0.8);
  expect(bands[1]!.to).toBeCloseTo(1);
  expect(bandsAt([source("a", 0)], 0, 0)).toEqual([{ from: 0, to: 0 }]);
});
