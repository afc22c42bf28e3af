import { describe, expect, it } from "vitest";
import { decimal } from "./decimal";
import { all, change, count, exact, free, lots, money, partOf, percent, setPercent, volume } from "./format";

describe("formats", () => {
  it("formats money as the design requires", () => {
    expect(money("1187.08")).toBe("1,187.08");
    expect(money("-2.16")).toBe("\u22122.16");
    expect(money("3.307221", true)).toBe("+3.31");
    expect(money("0", true)).toBe("0.00");
    expect(money("123456789012345678.125")).toBe("123,456,789,012,345,678.12");
    expect(free("86068.959")).toBe("86,068.95");
    expect(exact(3.307221)).toBe("3.307221");
    expect(exact("-0.992166", true)).toBe("\u22120.992166");
  });

  it("shows lots, volume, percents and counts", () => {
    expect([0.35, 0.0057, "1.2000000"].map(lots)).toEqual(["0.35", "0.0057", "1.20"]);
    expect(volume(0.0095)).toBe("0.0095");
    expect(percent(36)).toBe("36%");
    expect(percent("-34.61", true)).toBe("\u221234.6%");
    expect([12, 12.5, 12.25].map(setPercent)).toEqual(["12%", "12.5%", "12.25%"]);
    expect([partOf("1", "3"), partOf("12.5", 100), partOf(1, 0)]).toEqual(["33.3%", "12.5%", "–"]);
    expect(count(3759)).toBe("3,759");
    expect(all("0.006227232")).toBe("0.006227232");
    expect(all(100000)).toBe("100,000");
  });

  it("shows no change from zero", () => {
    expect(change(decimal("10450.03"), decimal("12151.99"))).toBe("+16.3%");
    expect(change(decimal("0"), decimal("1"))).toBeUndefined();
  });
});
