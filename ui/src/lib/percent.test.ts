import { expect, it } from "vitest";
import { typedPercent } from "./percent";

it("parses a percentage in every usual form", () => {
  for (const [typed, percent] of [["12", 12], ["12.5", 12.5], ["12%", 12], [" 12.25 % ", 12.25], ["0", 0], ["100", 100]] as const) {
    expect(typedPercent(typed)).toBe(percent);
  }
});

it("refuses an ambiguous text", () => {
  for (const typed of ["", "%", "12,5", "1,250", "12.555", "-3", "1e2", "abc", "12%%", "1 2", "12.", "0x10", "1000"]) {
    expect(typedPercent(typed)).toBeUndefined();
  }
});
