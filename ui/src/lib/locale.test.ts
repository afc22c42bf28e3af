import { i18n } from "@lingui/core";
import { afterEach, describe, expect, it } from "vitest";
import { typedAmount } from "../wallet/amount";
import { text } from "./decimal";
import { count, lots, money, percent, setPercent } from "./format";
import { locale, setFormats, spoken } from "./locale";
import { typedPercent } from "./percent";
import { clock, day, duration, moment, zoneName } from "./time";

afterEach(() => setFormats("en"));

describe("the language", () => {
  it("is the first of the browser's that the page has", () => {
    expect(spoken(["fr-FR", "es-MX", "en"])).toBe("es");
    expect(spoken(["AR-eg"])).toBe("ar");
    expect(spoken(["fr", "zh-Hans"])).toBe("en");
    expect(spoken(["toString"])).toBe("en");
    expect(spoken([])).toBe("en");
  });

  it("has the formats of the browser's country", () => {
    setFormats("es", ["fr", "es-MX"]);
    expect(locale()).toMatch(/^es-MX-/);
    expect(money("1187.08")).toBe("1,187.08");
    setFormats("es", ["fr"]);
    expect(money("1187.08")).toBe("1.187,08");
    setFormats("en", ["en-US"]);
    expect(day("2026-11-27")).toBe("27 Nov 2026");
  });
});

describe("Spanish formats", () => {
  it("shows numbers and times", () => {
    setFormats("es");
    expect(money("-1187.08")).toBe("\u22121.187,08");
    expect([count(3759), lots("0.0057"), percent("16.3", true), setPercent("36")]).toEqual(["3.759", "0,0057", "+16,3\u00a0%", "36\u00a0%"]);
    expect(day("2026-11-27", { weekday: true })).toBe("vie 27 nov 2026");
    expect(moment("2026-11-27T14:05:02Z")).toBe("27 nov 2026 14:05:02");
  });

  it("reads amounts with a decimal comma", () => {
    setFormats("es");
    for (const [typed, amount] of [["1.250", "1250"], ["1.250,5", "1250.5"], ["12,50", "12.50"], ["12.5", "12.5"]]) {
      expect(text(typedAmount(typed!)!)).toBe(amount);
    }
    expect(typedAmount("5,000")).toBeUndefined();
    expect([typedPercent("12,5"), typedPercent("12.5"), typedPercent("1,250")]).toEqual([12.5, 12.5, undefined]);
  });
});

describe("Arabic formats", () => {
  it("uses Latin digits and the Gregorian calendar in every country", () => {
    for (const country of ["ar", "ar-SA", "ar-EG"]) {
      setFormats("ar", [country]);
      expect(money("1187.08")).toBe("1,187.08");
      expect(clock("2026-11-27T14:05:02Z")).toBe("14:05:02");
      expect(day("2026-11-27")).toBe("27 نوفمبر 2026");
      expect(percent(36).replace(/\p{Cf}/gu, "")).toMatch(/^36[%٪]$/); // both are written in Arabic
      expect(zoneName()).toBe("UTC");
    }
  });

  it("reads what an Arabic keyboard types", () => {
    setFormats("ar");
    expect(text(typedAmount("١٬٢٥٠٫٥٠")!)).toBe("1250.50");
    expect(typedPercent("١٢٫٥٪")).toBe(12.5);
    setFormats("es");
    expect(typedAmount("١٫٢٥٠")).toBeUndefined(); // three places, not a thousand
    expect(text(typedAmount("١٫٢٥")!)).toBe("1.25");
  });
});

it("says a duration in the catalogue's words", () => {
  i18n.load("es", {});
  i18n.activate("es");
  expect(duration("2026-11-27T12:14:15Z", "2026-11-28T15:17:05Z")).toBe("1 d 3 h");
});
