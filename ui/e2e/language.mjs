// Tests the page in Arabic, and in an artificial language in which every text of the catalogue is marked. A text
// without marks is not in the catalogue.
import AxeBuilder from "@axe-core/playwright";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { byId, messagesOfCode } from "../tools/messages.mjs";
import { login, settled, shoot } from "./browser.mjs";

const arabic = JSON.parse(readFileSync(new URL("../src/locales/ar.json", import.meta.url), "utf8"));

const marks = { a: "áá", e: "éé", i: "íí", o: "óó", u: "úú", A: "Áá", E: "Éé", I: "Íí", O: "Óó", U: "Úú", y: "ýý", Y: "Ýý" };

/** Returns a message with marked vowels. It is a third longer, as in other languages, and contains no English word. */
const marked = (message) => message.replace(/\{\w+\}|\{\w+, plural,|(?:one|other) \{|<\/?\d+\/?>|[aeiouyAEIOUY]/g, (part) => marks[part] ?? part);

const messages = messagesOfCode();

/** The English words of the catalogue, without names that are the same in every language. */
const english = new Set(messages.flatMap((message) => message.replace(/\{\w+(, plural,)?|(one|other) \{|<\/?\d+\/?>/g, " ").match(/[A-Za-z]{3,}/g) ?? []).map((word) => word.toLowerCase()));
for (const name of ["api", "usd", "csv", "json", "post", "url", "html", "tributary", "webhooks", "ctrl", "enter", "alt", "esc", "utc", "eur", "sha", "mln", "android"]) english.delete(name);

const addresses = [
  "/", "/rewards?closed=last365", "/rewards?rows=account-days&closed=last365", "/rewards?rows=groups&group=month&closed=all", "/rewards?rows=orders&group=day&closed=last365", "/rewards?group=day&symbol=XAUUSD&closed=last365", "/rewards?symbol=NOSUCH&closed=last365",
  "/clients", "/accounts", "/orders", "/wallet", "/wallet/withdrawals", "/wallet/transfers", "/wallet/accounts",
  "/rebates", "/rebates/groups", "/rebates/accounts", "/rebates/history", "/campaigns", "/promo", "/network", "/network/agents", "/performance",
  "/developers", "/developers/events", "/developers/webhooks", "/developers/postbacks",
  "/settings/profile", "/settings/security", "/settings/sessions", "/settings/keys", "/settings/notifications", "/more", "/rewards/nowhere",
];

/** Returns all texts that a partner can read or hear on the page. */
const said = (page) => page.evaluate(() => {
  const texts = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest("script, style, noscript, option, kbd, code, pre")) texts.push(walk.currentNode.data);
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) texts.push(one.getAttribute(name));
  }
  return [...new Set(texts.map((text) => text.trim()).filter((text) => text && !text.startsWith("curl ")))];
});

/** Collects all texts in the API's responses. They are data, so the page shows them unchanged. */
function dataOf(page) {
  const data = new Set();
  const answers = [];
  const add = (value) => {
    if (typeof value === "string") data.add(value);
    else if (value && typeof value === "object") Object.entries(value).forEach(([key, one]) => { data.add(key); add(one); });
  };
  page.on("response", (response) => response.headers()["content-type"]?.includes("json") && answers.push(response.json().then(add, () => {})));
  return async () => {
    await Promise.all(answers);
    return [...data].filter((text) => text.length > 2).sort((a, b) => b.length - a.length);
  };
}

/** Matches a text of the API where it is not a part of another word. */
const whole = (text) => new RegExp(`(?<![\\p{L}\\d])${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\d])`, "gu");

async function signInWith(page, words) {
  await page.locator("input[type=email]").fill(login.email);
  await page.locator("input[type=password]").fill(login.password);
  await page.getByRole("button", { name: words("Sign in"), exact: true }).click();
  await page.getByRole("heading", { name: words("Home"), level: 1 }).waitFor({ state: "attached" });
}

export const languagePaths = {
  async "every text is in the catalogue, and longer words fit"(page) {
    await page.route(/\/assets\/es-[^/]*\.js$/, (route) => {
      const catalogue = byId("es", Object.fromEntries(messages.map((message) => [message, marked(message)])));
      return route.fulfill({ contentType: "text/javascript", body: `export default ${JSON.stringify(catalogue)}` });
    });
    await page.addInitScript(() => localStorage.setItem("tributary-language", "es"));
    const data = dataOf(page);
    const plain = [];
    const look = async (address) => {
      await settled(page);
      const known = await data();
      for (const text of await said(page)) {
        const own = known.reduce((left, one) => (left.includes(one) ? left.replace(whole(one), " ") : left), text);
        const words = (own.match(/(?<![\p{L}\d_])[A-Za-z]{3,}(?![\p{L}\d_])/gu) ?? []).filter((word) => english.has(word.toLowerCase()));
        if (words.length > 0) plain.push(`${address}: ${text}`);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${address} is ${wide} px too wide`);
    };
    for (const address of ["/register", "/forgot", "/sign-in"]) {
      await page.goto(address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await look(address);
    }
    await signInWith(page, marked);
    for (const address of addresses) {
      await page.goto(address);
      await look(address);
    }
    await page.goto("/rewards?closed=last365");
    await settled(page);
    await page.locator("tbody td .open").first().click();
    await page.getByRole("heading", { name: marked("What was traded") }).waitFor();
    await look("the explanation");
    assert.deepEqual([...new Set(plain)], []);
  },

  async "Arabic from sign-in to an explanation"(page, { said: console }) {
    const words = (english) => arabic[english];
    await page.goto("/sign-in");
    await page.getByLabel("Language").selectOption("ar");
    await page.getByRole("heading", { name: words("Sign in") }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dir + document.documentElement.lang), "rtlar");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "SELECT", "the choice lost the focus");
    const check = async (name) => {
      await shoot(page, `arabic-${name}`);
      const { violations } = await new AxeBuilder({ page }).exclude("tbody tr:nth-child(n+7)").withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
      assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
    };
    await check("sign-in");
    await signInWith(page, words);
    await settled(page);
    await check("home");
    const amount = page.locator(".stat .v").first();
    assert.match((await amount.innerText()).replace(/\s+/g, " "), /^[\d,.\u2212]+ USD$/);
    assert.equal(await amount.evaluate((node) => {
      const [number, code] = [node.querySelector(".open"), node.querySelector(".cur")].map((one) => one.getBoundingClientRect().left);
      return number < code;
    }), true, "the currency is not to the right of the amount");

    await page.goto("/rewards?closed=last365&by=-reward_usd");
    await settled(page);
    await check("rewards");
    const side = await page.evaluate(() => document.querySelector(".nav").getBoundingClientRect().left > document.querySelector("main").getBoundingClientRect().left);
    assert.ok(side, "the side bar is not at the right");
    await page.locator("tbody td .open").first().click();
    await page.getByText(words("How the reward was worked out")).waitFor();
    await check("explanation");
    for (const [name, address] of [["rebates", "/rebates"], ["wallet", "/wallet"], ["network", "/network"], ["profile", "/settings/profile"]]) {
      await page.goto(address);
      await settled(page);
      await check(name);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [name, address] of [["home", "/"], ["rewards", "/rewards?closed=last365"], ["rebates", "/rebates"]]) {
      await page.goto(address);
      await settled(page);
      await check(`${name}-390`);
    }
    await page.goto("/settings/profile");
    await page.getByLabel(words("Language")).selectOption("en");
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dir), "ltr");
    assert.deepEqual(console, []);
  },

  async "the browser's language is the first"(page, { browser, base }) {
    const context = await browser.newContext({ baseURL: base, locale: "es-MX" });
    try {
      const spanish = await context.newPage();
      await spanish.goto("/sign-in");
      await spanish.getByRole("heading", { name: "Iniciar sesión" }).waitFor();
    } finally {
      await context.close();
    }
    await page.goto("/sign-in");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    const catalogues = await page.evaluate(() => performance.getEntriesByType("resource").map((one) => one.name).filter((name) => /\/(es|ar)-[^/]*\.js$/.test(name)));
    assert.deepEqual(catalogues, [], "English loads another catalogue");
  },
};
