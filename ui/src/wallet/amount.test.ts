import { expect, it } from "vitest";
import { text } from "../lib/decimal";
import { left, typedAmount, wireNumber } from "./amount";

it("reads what people type", () => {
  for (const [typed, amount] of [["5000", "5000"], ["5,000.50", "5000.50"], ["1 250,5", "1250.5"], ["0.01", "0.01"]]) {
    expect(text(typedAmount(typed!)!)).toBe(amount);
  }
  for (const typed of ["", "0", "0.00", "-5", "1.005", "abc", "1e3", "007", "00.5", "0,500"]) expect(typedAmount(typed)).toBeUndefined();
});

it("knows what is left", () => {
  expect(left(86068.95, typedAmount("5000")!)).toBe("81068.95");
  expect(left(10, typedAmount("10.01")!)).toBeUndefined();
  expect(JSON.stringify(wireNumber(typedAmount("123456789.10")!))).toBe("123456789.1");
});
