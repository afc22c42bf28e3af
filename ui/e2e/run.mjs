// Uses the page as partners do, checks every screen with axe, and takes screenshots: node run.mjs
// http://localhost:8080 [--full]
import AxeBuilder from "@axe-core/playwright";
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch, looks, open, settled, signIn } from "./browser.mjs";
import { gates, screens } from "./screens.mjs";
import { calmPaths } from "./calm.mjs";
import { groupPaths } from "./groups.mjs";
import { growthPaths } from "./growth.mjs";
import { languagePaths } from "./language.mjs";
import { moneyPaths } from "./money.mjs";
import { troublePaths } from "./trouble.mjs";
import { paths } from "./paths.mjs";

const base = process.argv[2].replace(/\/$/, "");
const full = process.argv.includes("--full");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice(7);
const pictures = process.env.PAGE_PICTURES ?? "pictures";
mkdirSync(pictures, { recursive: true });

const browser = await launch();
const faults = [];

async function attempt(name, work) {
  const began = Date.now();
  try {
    await work();
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    faults.push(name);
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}

/**
 * Checks that a screen does not scroll sideways, that axe finds no fault, and that the
 * console is empty. axe checks only the first six rows of a table, because all rows are
 * alike.
 */
async function inspect(page, said, name) {
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px wider than the window`);
  const { violations } = await new AxeBuilder({ page }).exclude("tbody tr:nth-child(n+7)").withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`), []);
  assert.deepEqual(said, []);
}

for (const look of full ? looks : looks.slice(0, 1)) {
  const atGate = await open(browser, base, look);
  for (const [name, go] of Object.entries(gates)) {
    if (only && !name.includes(only)) continue;
    await attempt(`${name} ${look.name}`, async () => {
      atGate.said.length = 0;
      await go(atGate.page);
      await inspect(atGate.page, atGate.said.filter((text) => !/status of (401|429)/.test(text)), `${name}-${look.name}`);
    });
  }
  await atGate.context.close();
  const inside = await open(browser, base, look);
  await signIn(inside.page);
  for (const [name, go] of Object.entries(screens)) {
    if (only && !name.includes(only)) continue;
    await attempt(`${name} ${look.name}`, async () => {
      inside.said.length = 0;
      await go(inside.page);
      await settled(inside.page);
      await inspect(inside.page, inside.said, `${name}-${look.name}`);
    });
  }
  await inside.context.close();
}
for (const [name, path] of Object.entries({ ...languagePaths, ...paths, ...growthPaths, ...calmPaths, ...groupPaths, ...troublePaths, ...moneyPaths })) {
  if (only && !name.includes(only)) continue;
  await attempt(name, async () => {
    const { page, context, said } = await open(browser, base, looks[0], { permissions: ["clipboard-read", "clipboard-write"] });
    try {
      await path(page, { context, said, base, browser });
    } catch (error) {
      await page.screenshot({ path: join(pictures, "failed.png") });
      throw error;
    } finally {
      await context.close();
    }
  });
}
await browser.close();
console.log(faults.length > 0 ? `${faults.length} failed: ${faults.join(", ")}` : "all passed");
process.exit(faults.length > 0 ? 1 : 0);
