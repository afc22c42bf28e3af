import { expect, it } from "vitest";
import { oneEach } from "./sessions";

it("shows a renewed session once", () => {
  const session = (id: string, logged_in_at: string, current = false) => ({ id, logged_in_at, current });
  const list = [session("renewed", "10:00"), session("other", "09:00"), session("mine", "10:00", true)];
  expect(oneEach(list).map((one) => one.id)).toEqual(["mine", "other"]);
  expect(oneEach(list.slice(0, 2)).map((one) => one.id)).toEqual(["renewed", "other"]);
});
