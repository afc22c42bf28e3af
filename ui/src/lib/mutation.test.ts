import { expect, it } from "vitest";

it("is the only way in which the page changes something", () => {
  const files = import.meta.glob<string>("../**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
  const direct = Object.entries(files).filter(([, code]) => /import \{[^}]*\buseMutation\b[^}]*\} from "@tanstack/.test(code));
  expect(direct.map(([file]) => file)).toEqual(["./mutation.ts"]);
});
