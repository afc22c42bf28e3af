import { describe, expect, it } from "vitest";
import { add, compare, decimal, digits, multiply, quotient, round, share, shortest, text } from "./decimal";

describe("decimals", () => {
  it("keeps every digit that the API sent", () => {
    expect(digits(2588.6823)).toBe("2588.6823");
    expect(digits(1e-7)).toBe("0.0000001");
    expect(digits(1.5e-9)).toBe("0.0000000015");
    expect(digits(1e21)).toBe("1000000000000000000000");
    expect(text(decimal("-0.50"))).toBe("-0.50");
    expect(() => decimal("abc")).toThrow(RangeError);
  });

  it("adds and multiplies without rounding", () => {
    expect(text(add(decimal("0.1"), decimal("0.2"), decimal("-0.30")))).toBe("0.00");
    expect(text(multiply(decimal("0.35"), decimal("100000"), decimal("0.001")))).toBe("35.00000");
    expect(compare(decimal("1.10"), decimal("1.1"))).toBe(0);
    expect(compare(decimal("-2"), decimal("1"))).toBe(-1);
  });

  it("rounds half to even, or truncates", () => {
    for (const [value, even, cut] of [
      ["0.125", "0.12", "0.12"],
      ["0.135", "0.14", "0.13"],
      ["-0.135", "-0.14", "-0.13"],
      ["86068.959", "86068.96", "86068.95"],
    ]) {
      expect(text(round(decimal(value!), 2))).toBe(even);
      expect(text(round(decimal(value!), 2, "cut"))).toBe(cut);
    }
    expect(text(quotient(decimal("1"), decimal("3"), 6))).toBe("0.333333");
  });

  it("writes lots with at least two decimal places", () => {
    expect(["1.2", "0.0057", "0.35000000", "3"].map((lots) => shortest(decimal(lots), 2))).toEqual(["1.20", "0.0057", "0.35", "3.00"]);
  });

  it("computes the share that a bar shows", () => {
    expect(share(decimal("1"), decimal("4"))).toBe(0.25);
    expect(share(decimal("1"), decimal("0"))).toBe(0);
  });
});
