import { expect, it } from "vitest";
import { edited } from "./edited";

it("keeps the fields that differ, also those that were cleared", () => {
  const first = { title: "Gold", note: "old", events: ["a", "b"], percent: 12.5, link: "x" as string | null };
  expect(edited(first, { ...first })).toEqual({});
  expect(edited(first, { ...first, events: ["a", "b"] })).toEqual({});
  expect(edited(first, { ...first, note: "", events: ["b"], link: null })).toEqual({ note: "", events: ["b"], link: null });
});
