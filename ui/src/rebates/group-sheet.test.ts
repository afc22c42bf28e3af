import { expect, it } from "vitest";
import { changeOf } from "./group-sheet";

const first = { group_title: "Gold", group_type: "MANUAL" as const, is_default: false, rebate_period: "MONTHLY" as const, rebate_period_value: 5, percent: "12.5", link: "" };

it("sends what was edited, and a period always with its day", () => {
  expect(changeOf(first, { ...first, group_title: " Gold " })).toEqual({});
  expect(changeOf(first, { ...first, percent: "15", link: "abc" })).toEqual({ rebate_percent: 15, link_code: "abc" });
  expect(changeOf(first, { ...first, rebate_period_value: 7 })).toEqual({ rebate_period: "MONTHLY", rebate_period_value: 7 });
  expect(changeOf(first, { ...first, rebate_period: "DAILY", rebate_period_value: 1 })).toEqual({ rebate_period: "DAILY", rebate_period_value: 1 });
});
