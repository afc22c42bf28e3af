import { expect, it } from "vitest";
import { codeOf, languages } from "./code";

it("keeps the address whole in every language", () => {
  const url = "http://localhost:8080/api/reports/orders/?symbol=XAU%22USD&q=o'neill&limit=100";
  for (const language of languages) {
    const code = codeOf(language, url);
    expect(code).toContain("TRIBUTARY_KEY");
    expect(code).toContain(language === "curl" ? url.replace("'", "%27") : JSON.stringify(url));
  }
  // A quote in a path must not end the shell's string.
  expect(codeOf("curl", url).split("'")).toHaveLength(3);
});
