import { expect, it } from "vitest";
import { now, setNow, setToday, today } from "./now";

it("gets the programme's day from the summary and not from a clock", () => {
  setNow(Date.parse("2026-11-27T23:30:00Z"));
  expect(Math.abs(now() - Date.parse("2026-11-27T23:30:00Z"))).toBeLessThan(1000);
  expect(today()).toBe("2026-11-27");
  setToday("2026-08-31"); // a programme east of UTC may already have the next day
  expect(today()).toBe("2026-11-28");
});
