import { expect, it } from "vitest";
import { withSubId } from "./sub-id";

it("adds the sub-publisher's id to the link", () => {
  const link = "https://go.example.com/a/meridian?campaign=c1&l=9";
  expect(withSubId(link, " yt review ")).toBe(`${link}&sub_id=yt+review`);
  expect(withSubId(link, "")).toBe(link);
});
