// Starts Debian's Chromium with an empty profile. The browser sends no requests of
// its own.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// withBrowser calls use with a function open. open starts a browser with an empty
// profile, calls work with a page, and closes the browser afterwards.
export async function withBrowser(use) {
  if (!existsSync(executablePath)) {
    throw new Error(`there is no ${executablePath}: install chromium, or set CHROMIUM to a Chromium's path`);
  }
  const open = async (options, work) => {
    const profile = await mkdtemp(join(tmpdir(), "tributary-chromium-"));
    const context = await chromium.launchPersistentContext(profile, { executablePath, args, headless: true, ...options });
    try {
      return await work(await context.newPage());
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  };
  return use(open);
}
