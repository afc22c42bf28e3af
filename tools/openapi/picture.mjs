// Takes a screenshot of the schema page. FRAGMENT may name an operation to open:
//
//   node picture.mjs http://localhost:8080 FILE [WIDTHxHEIGHT] [FRAGMENT]
import { withBrowser } from "./browser.mjs";

const [base, file, size = "1280x900", fragment = ""] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);

await withBrowser((open) => open({ viewport: { width, height } }, async (page) => {
  await page.goto(`${base.replace(/\/$/, "")}/api/schema/${fragment}`);
  await page.waitForSelector(".opblock-tag");
  await page.waitForTimeout(1500);
  await page.screenshot({ path: file });
}));
