// What stays as it is while other things change: rows under the pointer, the cursor, the
// focus, and what one partner saw.
import assert from "node:assert/strict";
import { login, settled, signIn } from "./browser.mjs";
import { feeder } from "./feed.mjs";

/** Counts the requests for the first rows of a list. */
function firstPages(page, path) {
  const asked = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === path && url.searchParams.get("cursor") === "first") asked.push(url.search);
  });
  return asked;
}

const listens = (page) => page.waitForRequest((request) => /\/events\/\?.*wait=/.test(request.url()));

export const calmPaths = {
  async "rows do not jump a few rows down the list, whatever loads"(page, { base }) {
    await page.clock.install();
    await signIn(page);
    const waits = listens(page);
    await page.goto("/orders");
    await settled(page);
    const feed = await feeder(page, base);
    await waits;
    const box = page.locator(".rows");
    await box.evaluate((one) => one.scrollTo({ top: 80 }));
    await page.waitForFunction(() => document.querySelector(".rows").scrollTop === 80);
    const sixth = page.locator("tbody tr[aria-rowindex='6']");
    const before = await sixth.innerText();
    const asked = firstPages(page, "/api/reports/orders/");
    await feed.close();
    await page.getByRole("button", { name: "1 new row" }).waitFor();
    const again = () => page.waitForResponse((response) => response.url().includes("/api/partner/summary/"));
    for (const cause of ["online", "visibilitychange"]) {
      await page.clock.fastForward(20_000); // what is on the screen is old
      const answered = again();
      await page.evaluate((event) => dispatchEvent(new Event(event)), cause);
      await answered;
    }
    const polled = again();
    await page.clock.fastForward(31_000);
    await polled;
    assert.deepEqual(asked, []);
    assert.equal(await sixth.innerText(), before);
    await page.getByRole("button", { name: "1 new row" }).click();
    await page.locator("tbody tr[aria-rowindex='1']", { hasText: feed.order() }).waitFor();
  },

  async "news does not stop the rows that are being loaded, and loads them once more"(page, { base }) {
    await page.clock.install();
    await signIn(page);
    const waits = listens(page);
    await page.goto("/orders");
    await settled(page);
    const feed = await feeder(page, base);
    await waits;
    const isFirst = (request) => new URL(request.url()).pathname === "/api/reports/orders/" && request.url().includes("cursor=first");
    const stopped = [];
    page.on("requestfailed", (request) => isFirst(request) && stopped.push(request.url()));
    let hold;
    const polled = new Promise((done) => { hold = done; });
    await page.route("**/api/reports/orders/?**", (route) => {
      if (!hold || !isFirst(route.request())) return route.continue();
      hold(route);
      hold = undefined;
    });
    await page.clock.fastForward(5500);
    const held = await polled;
    const told = () => page.waitForResponse((response) => response.url().includes("/api/partner/summary/"));
    const early = await held.fetch(); // before the order
    const heard = told();
    await feed.close();
    await heard;
    assert.deepEqual(stopped, []);
    await held.fulfill({ response: early });
    await page.locator("tbody tr", { hasText: feed.order() }).waitFor();
    assert.deepEqual(stopped, []);
  },

  async "the cursor stays on its row when a row comes"(page, { base }) {
    await signIn(page);
    const waits = listens(page);
    await page.goto("/orders");
    await settled(page);
    const feed = await feeder(page, base);
    await waits;
    const grid = page.getByRole("grid");
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const at = () => grid.evaluate((one) => {
      const row = document.getElementById(one.getAttribute("aria-activedescendant")) ?? {};
      const number = row.ariaRowIndex;
      const marked = row.marked === true;
      row.marked = true;
      return { text: row.innerText, number, marked, lit: row.classList?.contains("at") };
    });
    const before = await at();
    assert.equal(before.number, "3");
    await feed.close();
    await page.locator("tbody tr", { hasText: feed.order() }).waitFor();
    assert.deepEqual(await at(), { ...before, number: "4", marked: true });
  },

  async "nothing of one partner is left after signing out"(page) {
    await signIn(page);
    await page.goto("/rewards?closed=last365");
    await settled(page);
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByText("Copied.").waitFor();
    await page.getByRole("button", { name: /meridian/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("E-mail").fill(login.email);
    await page.getByLabel("Password").fill(login.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
    assert.equal(await page.getByText("Copied.").count(), 0);
  },

  async "a view that cannot be saved says why beside its field, and the focus stays"(page) {
    await signIn(page);
    await page.goto("/orders?by=-reward_usd");
    await settled(page);
    const focused = () => page.evaluate(() => document.activeElement.innerText.replace(/\s+/g, " ") || document.activeElement.labels?.[0]?.innerText || document.activeElement.tagName);
    await page.getByRole("button", { name: "Save view" }).click();
    const name = page.getByLabel("Name of the view");
    await name.fill("Best");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.waitForFunction(() => document.activeElement.ariaLabel === "Change the view Best");

    await page.getByRole("navigation", { name: "Saved views" }).getByRole("link", { name: "Default view" }).click();
    await page.getByRole("button", { name: "Save view" }).click();
    await name.fill("Best");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("This screen has a view of this name.").waitFor();
    await page.waitForFunction(() => document.activeElement.labels?.[0]?.innerText === "Name of the view");
    assert.equal(await name.getAttribute("aria-invalid"), "true");
    await name.press("s");
    await page.getByText("This screen has a view of this name.").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: "Best" }).click();
    await page.getByRole("button", { name: "Closed, UTC" }).click();
    await page.route("**/api/v1/views/*/", (route) => route.fulfill({ status: 400, json: { code: "ValidationError", message: "", details: [{ field: "query", code: "max_length", message: "The address is too long." }] } }), { times: 1 });
    const save = page.getByRole("button", { name: "Save Best" });
    await save.focus();
    await page.keyboard.press("Enter");
    await page.getByText("The address is too long.").waitFor();
    assert.equal(await focused(), "Save Best");
    await page.keyboard.press("Enter");
    await save.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement.innerText === "Best");
    await page.getByRole("button", { name: "Change the view Best" }).click();
    await page.getByRole("button", { name: "Delete view" }).click();
    await page.waitForFunction(() => document.activeElement.ariaLabel === "Save view");
  },

  async "the second column of Home does not wait for rebates that do not come"(page) {
    await page.clock.install();
    await signIn(page);
    const held = [];
    await page.route("**/api/v2/autorebates/rebates/**", (route) => void held.push(route));
    const asked = () => page.waitForRequest((request) => request.url().includes("/autorebates/rebates/"));
    const level = page.getByRole("heading", { name: "Newest events" });
    const first = asked();
    await page.goto("/");
    await first;
    assert.ok(!(await level.isVisible()), "the panels wait for a moment");
    await page.clock.fastForward(3500);
    await level.waitFor({ state: "visible" });

    await page.unroute("**/api/v2/autorebates/rebates/**");
    held.length = 0;
    let hold = false;
    await page.route("**/api/v2/autorebates/rebates/**", (route) => (hold ? void held.push(route) : route.fulfill({ status: 400, json: { code: "ValidationError", message: "", details: [] } })));
    await page.goto("/");
    const note = page.getByText("The rebates could not be loaded.");
    await note.waitFor();
    hold = true;
    const next = asked();
    await page.clock.fastForward(61_000);
    await next;
    assert.ok(await level.isVisible(), "the panels went away with the next try");
    assert.ok(await note.isVisible(), "the error went away with the next try");
  },

  async "the panels of Home stay filled when a new day begins, and say what could not be loaded"(page) {
    await page.clock.install();
    await signIn(page);
    let later = false;
    await page.route("**/api/partner/summary/", async (route) => {
      const response = await route.fetch();
      const summary = await response.json();
      if (later) summary.level_progress.from = new Date(Date.parse(summary.level_progress.from) + 86_400_000).toISOString().slice(0, 10);
      await route.fulfill({ response, json: summary });
    });
    await page.goto("/");
    await settled(page);
    const panel = page.getByRole("region", { name: "From click to reward", exact: true });
    await panel.locator(".legend").waitFor();
    const held = page.waitForRequest("**/api/reports/performance/**");
    await page.route("**/api/reports/performance/**", () => undefined); // the figures of the new day do not come
    later = true;
    await page.clock.fastForward(31_000);
    await held;
    assert.equal(await panel.locator("[aria-busy]").count(), 0);
    await panel.locator(".legend").waitFor();

    await page.unroute("**/api/partner/summary/");
    await page.route("**/api/partner/summary/", (route) => route.fulfill({ status: 400, json: { code: "ValidationError", message: "", details: [] } }));
    await page.goto("/");
    await page.getByText("The level could not be loaded.").waitFor();
  },

  async "a cost is told as it was sent, and what was typed meanwhile stays"(page) {
    await signIn(page);
    await page.goto("/campaigns");
    await page.getByRole("link", { name: "Gold, tight spreads" }).first().click();
    let answer;
    await page.route("**/costs/", (route) => {
      if (route.request().method() !== "PUT") return route.continue();
      answer = () => route.continue();
    });
    const cost = page.getByLabel("Cost, USD");
    await cost.fill("31.25");
    const sent = page.waitForRequest((request) => request.method() === "PUT");
    await page.getByRole("button", { name: "Save the cost" }).click();
    await sent;
    await cost.fill("4");
    await answer();
    await page.getByText(/^31\.25 USD on .* are saved\.$/).waitFor();
    assert.equal(await cost.inputValue(), "4");
  },
};
