import { expect, it } from "vitest";
import { csv, plain } from "./csv";

it("writes exact digits, and quotes values only if necessary", () => {
  const rows = [{ order_id: "MT5:1", reward_usd: "-2.10", lots: 1e-7, comment: 'a "b", c', none: null }, { order_id: "=1+1" }];
  expect(csv(rows, ["order_id", "reward_usd", "lots", "comment", "none"])).toBe(
    'order_id,reward_usd,lots,comment,none\r\nMT5:1,-2.10,0.0000001,"a ""b"", c",\r\n\'=1+1,,,,',
  );
});

it("writes one value without quotes, and never as a formula", () => {
  expect([1e-7, "-2.10", 'a "b", c', "=1+1", null].map(plain)).toEqual(["0.0000001", "-2.10", 'a "b", c', "'=1+1", ""]);
});
