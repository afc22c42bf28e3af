import { i18n } from "@lingui/core";
import { beforeAll, expect, it } from "vitest";
import { findScreens, marked } from "./find";

beforeAll(() => {
  i18n.load("en", {});
  i18n.activate("en");
});

it("finds screens and their parts by the words of their names", () => {
  expect(findScreens("reba hist").map((one) => one.href)).toEqual(["/rebates/history"]);
  expect(findScreens("accounts").map((one) => one.href)).toEqual(["/accounts", "/rebates/accounts", "/wallet/accounts"]);
  expect(findScreens("nowhere")).toEqual([]);
});

it("marks what was typed", () => {
  expect(marked("118164258", "1816")).toEqual(["1", "1816", "4258"]);
  expect(marked("Spring", "spr")).toEqual(["", "Spr", "ing"]);
  expect(marked("Spring", "x")).toEqual(["Spring", "", ""]);
  expect(marked("Spring", "")).toEqual(["Spring", "", ""]);
});
