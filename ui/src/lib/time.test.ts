import { i18n } from "@lingui/core";
import { describe, expect, it } from "vitest";
import { setZone } from "./locale";
import { clock, day, duration, firstOfMonth, lastOfMonth, moment, plusDays, zoneName } from "./time";

i18n.load("en", {});
i18n.activate("en");

describe("times", () => {
  it("shows the programme's days without converting them to a zone", () => {
    setZone("Pacific/Kiritimati");
    expect(day("2026-11-27", { weekday: true })).toBe("Fri 27 Nov 2026");
    expect(day("2026-11-27", { year: false })).toBe("27 Nov");
    setZone("UTC");
  });

  it("shows times in the partner's zone", () => {
    expect(moment("2026-11-27T14:05:02Z")).toBe("27 Nov 2026 14:05:02");
    setZone("Africa/Johannesburg");
    expect(clock("2026-11-27T23:05:02Z")).toBe("01:05:02");
    expect(moment("2026-11-27T23:05:02Z")).toBe("28 Nov 2026 01:05:02");
    expect(zoneName()).toBe("UTC+2 (Johannesburg)");
    setZone("Nowhere/Else");
    expect(zoneName()).toBe("UTC");
  });

  it("computes with days and months", () => {
    expect(plusDays("2026-03-01", -1)).toBe("2026-02-28");
    expect(firstOfMonth("2026-01-31", -1)).toBe("2025-12-01");
    expect(lastOfMonth("2028-02-10")).toBe("2028-02-29");
    expect(duration("2026-11-27T12:14:15Z", "2026-11-27T12:17:05Z")).toBe("2 min 50 s");
    expect(duration("2026-11-27T12:14:15Z", "2026-11-27T12:14:15Z")).toBe("0 s");
  });
});
