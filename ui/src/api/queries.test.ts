import { expect, it } from "vitest";
import { mayAskAgain } from "./queries";

it("asks again after a lost connection, except what must not be asked twice", () => {
  const failed = { status: "error" };
  const there = { status: "success" };
  expect(mayAskAgain({ meta: undefined, state: there })).toBe(true);
  expect(mayAskAgain({ meta: { once: true }, state: there })).toBe(false);
  expect(mayAskAgain({ meta: { once: true }, state: failed })).toBe(true);
  expect(mayAskAgain({ meta: { once: true, live: true }, state: failed })).toBe(false);
});

it("leaves rows that must stay in their place, unless there are none", () => {
  const meta = { still: true };
  expect(mayAskAgain({ meta, state: { status: "success", data: [] } })).toBe(false);
  expect(mayAskAgain({ meta, state: { status: "error", data: [] } })).toBe(false);
  expect(mayAskAgain({ meta, state: { status: "error" } })).toBe(true);
});
