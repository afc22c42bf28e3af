import { expect, it } from "vitest";
import { addressOf, chosenIn } from "./data";

it("keeps what is chosen in the address", () => {
  expect(chosenIn("")).toEqual({});
  expect(chosenIn("?kind=banner,logo&size=300x250&colour=red")).toEqual({ kind: ["banner", "logo"], size: ["300x250"] });
  for (const chosen of [{}, { kind: ["banner"] }, { language: ["en", "pt-BR"], product: ["gold & silver"] }]) {
    expect(chosenIn(new URL(addressOf(chosen), "http://a").search)).toEqual(chosen);
  }
});
