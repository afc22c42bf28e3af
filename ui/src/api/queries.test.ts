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
