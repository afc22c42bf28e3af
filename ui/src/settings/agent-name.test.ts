import { i18n } from "@lingui/core";
import { beforeAll, expect, it } from "vitest";
import { agentName } from "./agent-name";

beforeAll(() => {
  i18n.load("en", {});
  i18n.activate("en");
});

it("names a browser and its system, and other programs as they do", () => {
  expect(agentName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("Firefox on Linux");
  expect(agentName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0")).toBe("Edge on Windows");
  expect(agentName("curl/8.14.1")).toBe("curl/8.14.1");
  expect(agentName("")).toBe("an unnamed program");
});
