// Starts Debian's Chromium without a profile. It sends no requests of its own.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const args = [
  "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export async function launch() {
  if (!existsSync(executablePath)) {
    throw new Error(`there is no ${executablePath}: install chromium, or set CHROMIUM to a Chromium's path`);
  }
  return chromium.launch({ executablePath, args, headless: true });
}

/** The themes and widths of a full run. A short run uses only the first. */
export const looks = [
  { name: "light-1440", theme: "light", width: 1440, height: 1000 },
  { name: "dark-1440", theme: "dark", width: 1440, height: 1000 },
  { name: "light-390", theme: "light", width: 390, height: 844 },
  { name: "dark-390", theme: "dark", width: 390, height: 844 },
];

export const login = { email: "demo@example.com", password: "tributary-demo" };

/** Opens a page in one theme and width, and records what its console prints. */
export async function open(browser, base, look, options = {}) {
  const context = await browser.newContext({
    baseURL: base, colorScheme: look.theme, viewport: { width: look.width, height: look.height }, reducedMotion: "reduce", ...options,
  });
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  return { page, context, said };
}

/** Signs in with the form. */
export async function signIn(page, { email, password } = login) {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor({ state: "attached" });
}

/** Takes a screenshot of the whole page. */
export async function shoot(page, name) {
  await page.screenshot({ path: join(process.env.PAGE_PICTURES ?? "pictures", `${name}.png`), fullPage: true });
}

/** Waits until nothing on the page says that it is loading. */
export async function settled(page) {
  await page.locator("main h1").waitFor({ state: "attached" });
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"), null, { timeout: 20_000 });
}
