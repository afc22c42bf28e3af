import { expect, it } from "vitest";
import { streamsOf } from "./river";

/** Returns the widths of a stream at its left and right ends. */
function widths(path: string) {
  const points = [...path.matchAll(/-?[\d.]+/g)].map(([number]) => Number(number));
  return [points.at(-1)! - points[1]!, points[9]! - points[7]!].map((width) => Math.round(width * 100) / 100);
}

it("makes a stream as wide as its money, and never invisible", () => {
  const [own, joined] = streamsOf([300, 100], 800, 176);
  expect(widths(own!.path)).toEqual([82.5, 82.5]);
  expect(widths(joined!.path)).toEqual([27.5, 27.5]);
  expect(joined!.label).toBeGreaterThan(own!.label + 82);
  expect(widths(streamsOf([1e9, 1], 800, 176)[1]!.path)).toEqual([1, 1]);
  expect(widths(streamsOf([0, 0], 800, 176)[0]!.path)).toEqual([1, 1]);
});
