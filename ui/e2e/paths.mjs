// The main paths of the page, as a partner walks them.
import assert from "node:assert/strict";
import { login, settled, signIn } from "./browser.mjs";
import { feeder, numberOfRows, rowsAt } from "./feed.mjs";

export const paths = {
  async "a reload keeps the session, and no storage holds a token"(page, { context }) {
    await signIn(page);
    await page.reload();
    await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    assert.ok(!/eyJ/.test(kept), "a token lies in storage");
    const [cookie] = await context.cookies(new URL("/api/page/session/", page.url()).href);
    assert.ok(cookie.httpOnly && cookie.sameSite === "Strict");

    await page.getByRole("button", { name: /meridian/ }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto("/rewards");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  },

  async "sign-in leads where one wanted to go"(page) {
    await page.goto("/clients");
    await page.getByLabel("E-mail").fill(login.email);
    await page.getByLabel("Password").fill(login.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
  },

  async "the demo's address fills the form in"(page) {
    await page.goto(`/sign-in#${new URLSearchParams({ login: login.email, password: login.password })}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
  },

  async "a table is its address"(page) {
    await signIn(page);
    await page.goto("/rewards?closed=last365&by=-reward_usd&cols=closed,order,reward");
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    const headers = await page.locator("thead th").allInnerTexts();
    assert.deepEqual(headers.map((text) => text.trim()).filter(Boolean), ["Closed, UTC", "Order", "Reward, USD"]);
    await page.getByRole("button", { name: "Closed, UTC" }).click();
    await page.waitForURL(/by=-close_date/);
    await page.getByRole("button", { name: "Add a filter" }).click();
    await page.getByRole("button", { name: "Symbol" }).click();
    await page.locator(".values input").first().check();
    await page.waitForURL(/symbol=/);
    await page.keyboard.press("Escape");
    await page.locator(".chip", { hasText: "Symbol" }).getByRole("button", { name: "Remove filter Symbol" }).click();
    await page.waitForURL((url) => !url.search.includes("symbol="));
    await page.goto("/rewards?colour=red");
    await page.getByText("colour=red").waitFor();
  },

  async "a view is saved, changed, renamed and deleted"(page) {
    await signIn(page);
    await page.goto("/orders?by=-reward_usd&cols=closed,order,reward");
    await settled(page);
    const tabs = page.getByRole("navigation", { name: "Saved views" });
    const name = async (text, button) => {
      await page.getByLabel("Name of the view").fill(text);
      await page.getByRole("button", { name: button, exact: true }).click();
    };
    await page.getByRole("button", { name: "Save view" }).click();
    await name("Largest", "Save");
    assert.equal(await tabs.getByRole("link", { name: "Largest" }).getAttribute("aria-current"), "page");

    await tabs.getByRole("link", { name: "Default view" }).click();
    await page.waitForURL((url) => url.search === "");
    await page.getByRole("button", { name: "Save view" }).click();
    await name("Largest", "Save");
    await page.getByText("This screen has a view of this name.").waitFor();
    await page.keyboard.press("Escape");

    await page.reload();
    await tabs.getByRole("link", { name: "Largest" }).click();
    await page.waitForURL(/by=-reward_usd/);
    await page.getByRole("button", { name: "Closed, UTC" }).click();
    await page.getByRole("button", { name: "Save Largest" }).click();
    await page.getByRole("button", { name: "Change the view Largest" }).click();
    await name("Latest", "Rename");
    await tabs.getByRole("link", { name: "Latest" }).waitFor();
    await tabs.getByRole("link", { name: "Default view" }).click();
    await tabs.getByRole("link", { name: "Latest" }).click();
    await page.waitForURL(/by=-close_date/);

    await page.getByRole("button", { name: "Change the view Latest" }).click();
    await page.getByRole("button", { name: "Delete view" }).click();
    await tabs.getByRole("link", { name: "Latest" }).waitFor({ state: "detached" });
    assert.match(page.url(), /by=-close_date/, "the address stays");
  },

  async "a column gets another width by mouse and by keyboard"(page) {
    await signIn(page);
    await page.goto("/orders");
    await settled(page);
    const header = page.getByRole("columnheader", { name: "Symbol" });
    const width = () => header.evaluate((one) => one.offsetWidth);
    const kept = () => Number(/symbol:(\d+)/.exec(new URL(page.url()).searchParams.get("widths"))?.[1]);
    const before = await width();
    const edge = await header.locator(".grip").boundingBox();
    await page.mouse.move(edge.x + 5, edge.y + 5);
    await page.mouse.down();
    await page.mouse.move(edge.x + 65, edge.y + 5, { steps: 4 });
    assert.equal(new URL(page.url()).search, "", "the address changes once, at the end");
    await page.mouse.up();
    await page.waitForURL(/widths=/);
    assert.ok(Math.abs(kept() - before - 60) <= 1, `${before} px became ${kept()} px`);
    await page.reload();
    await settled(page);
    const dragged = await width();
    assert.ok(dragged >= before + 50, `${before} px became ${dragged} px`);

    await header.getByRole("button").focus();
    await page.keyboard.press("Alt+ArrowRight");
    await page.waitForURL((url) => !url.search.includes(`symbol:${Math.round(before + 60)}`));
    assert.equal(kept(), dragged + 16);
    await header.locator(".grip").dblclick();
    await page.waitForFunction((was) => document.querySelector("th[data-column=symbol]").offsetWidth < was, dragged);
    assert.ok(kept() < dragged);

    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("list", { name: "Columns", exact: true }).waitFor();
    const fitted = kept();
    await page.getByRole("checkbox", { name: "Symbol" }).focus();
    await page.keyboard.press("Alt+ArrowRight");
    await page.waitForURL((url) => !url.search.includes(`symbol:${fitted}`));
    await page.getByRole("button", { name: "Reset" }).click();
    await page.waitForURL((url) => !url.search.includes("widths"));
  },

  async "the totals are those of the whole filter"(page) {
    await signIn(page);
    await page.goto("/orders");
    await settled(page);
    const said = await page.locator("tfoot").innerText();
    const many = Number(/Whole filter: ([\d,]+) rows/.exec(said)[1].replaceAll(",", ""));
    assert.ok(many > 100, said);
    assert.ok((await page.locator("tbody tr").count()) < 100, "all rows are drawn");
    await page.locator(".rows").evaluate((box) => box.scrollTo({ top: box.scrollHeight }));
    await page.locator(`tbody tr[aria-rowindex="${many}"]`).waitFor();
  },

  async "a jump shows the rows that the list has there"(page) {
    await signIn(page);
    const asked = [];
    page.on("request", (request) => /\/api\/reports\/orders\/\?|\/boundaries\//.test(request.url()) && asked.push(new URL(request.url())));
    const box = page.locator(".rows");
    const shown = async (share) => {
      await box.evaluate((one, part) => new Promise((drawn) => {
        one.scrollTo({ top: (one.scrollHeight - one.clientHeight) * part });
        const look = () => { // the rows of the former place stay until the next drawing
          const view = one.getBoundingClientRect();
          const rows = [...one.querySelectorAll("tbody tr[aria-rowindex]")].map((row) => row.getBoundingClientRect());
          if (rows.some((row) => row.bottom > view.top && row.top < view.bottom)) drawn();
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }), share);
      await settled(page);
      const row = page.locator("tbody tr[aria-rowindex]").nth(12);
      return { index: Number(await row.getAttribute("aria-rowindex")) - 1, text: await row.innerText() };
    };
    const open = async () => {
      await page.goto("/orders"); // nothing that was loaded before is left
      await settled(page);
      return numberOfRows(page);
    };
    const check = async ({ index, text }, how) => {
      const [{ order_id: order, client_account: account }] = await rowsAt(page, index, 1);
      assert.ok(text.includes(order) && text.includes(String(account)), `row ${index} after ${how} is ${text}, but the list has ${order} there`);
    };
    const many = await open();
    const jumped = await shown(0.6);
    await check(jumped, "a jump");
    await open();
    let scrolled;
    for (let share = 0; share < 0.61; share += 0.05) scrolled = await shown(share);
    await check(scrolled, "scrolling");
    assert.equal(scrolled.index, jumped.index);
    assert.ok(asked.some((url) => url.searchParams.get("cursor") === "first"));
    assert.ok(asked.some((url) => url.searchParams.has("cursor") && url.searchParams.get("cursor") !== "first"), "no page was asked by its neighbour's cursor");
    assert.equal(asked.some((url) => url.pathname.endsWith("/boundaries/")), many > 5000);
  },

  async "a reward is explained by keyboard alone"(page) {
    await signIn(page);
    await page.goto("/rewards?closed=last365&by=-reward_usd");
    await settled(page);
    await page.getByRole("grid").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText("How the reward was worked out").waitFor();
    await page.waitForURL(/sel=/);
    const first = new URL(page.url()).searchParams.get("sel");
    for (const width of [1440, 1280, 1101]) {
      await page.setViewportSize({ width, height: 900 });
      const { amount, drawer, sees } = await page.evaluate(() => {
        const cell = document.querySelector("tbody tr.sel td:last-child");
        const { left, right, top, bottom } = cell.getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return { amount: right, drawer: document.querySelector(".drawer").getBoundingClientRect().left, sees: cell.contains(at) };
      });
      assert.ok(sees && amount <= drawer, `at ${width} px, the reward ends at ${amount} and the drawer begins at ${drawer}`);
    }
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.keyboard.press("ArrowDown");
    await page.waitForURL((url) => url.searchParams.get("sel") !== first);
    await page.keyboard.press("Escape");
    await page.waitForURL((url) => !url.searchParams.has("sel"));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "grid");

    await page.goto(`/explain/${first}`);
    await page.getByText("Nothing reduced this reward.").waitFor();
    await page.goto("/explain/Nowhere:1");
    await page.getByText("There is no order Nowhere:1").waitFor();
  },

  async "new rewards appear within two seconds without a jump"(page, { base }) {
    await signIn(page);
    await page.goto("/orders");
    await settled(page);
    const feed = await feeder(page, base);
    const close = async () => {
      await feed.close();
      return Date.now();
    };
    const within = async (seen, since, what) => {
      await seen;
      const took = Date.now() - since;
      console.log(`      ${what} after ${took} ms`);
      assert.ok(took < 2000, `${what} appeared after ${took} ms`);
    };
    const rowOf = () => page.locator("tbody tr", { hasText: feed.order() });
    const scrolled = () => page.locator(".rows").evaluate((box) => box.scrollTop);

    await page.waitForTimeout(1500); // until it listens
    let fed = await close();
    await within(rowOf().waitFor(), fed, "the row");
    assert.equal(await scrolled(), 0);
    const amount = await rowOf().locator("td").last().innerText();
    assert.match(amount, /^\d[\d,]*\.\d\d$/);

    await page.locator(".rows").evaluate((box) => box.scrollTo({ top: 900 }));
    const third = page.locator("tbody tr[aria-rowindex='30']");
    await third.waitFor();
    const before = [await scrolled(), await third.innerText()];
    fed = await close();
    await within(page.getByRole("button", { name: "1 new row" }).waitFor(), fed, "the word of a new row");
    assert.deepEqual([await scrolled(), await third.innerText()], before);
    await page.getByRole("button", { name: "1 new row" }).click();
    await rowOf().waitFor();

    await page.goto("/");
    await settled(page);
    const today = page.locator(".stat", { hasText: "Today," }).locator(".v");
    const sum = await today.innerText();
    await page.evaluate(() => scrollTo(0, 120));
    await page.waitForTimeout(1500);
    fed = await close();
    await within(page.waitForFunction(([was]) => [...document.querySelectorAll(".stat")].find((one) => one.innerText.includes("Today,"))?.querySelector(".v").innerText !== was, [sum]), fed, "today’s sum");
    assert.equal(await page.evaluate(() => scrollY), 120);
  },

  async "rows are copied as CSV with exact digits"(page) {
    await signIn(page);
    await page.goto("/orders?cols=order,symbol,reward");
    await settled(page);
    await page.getByRole("grid").focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.getByText("2 rows selected").waitFor();
    await page.keyboard.press("Control+c");
    await page.getByText("Copied.").waitFor();
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).split("\r\n");
    assert.equal(lines[0], "order_id,symbol,reward_usd");
    assert.equal(lines.length, 3);
    assert.match(lines[1], /^MT\dReal\d:\d+(-\d+)?,\w+,-?\d+\.\d\d$/);
  },

  async "a report is exported"(page) {
    await signIn(page);
    await page.goto("/clients");
    await settled(page);
    await page.getByRole("button", { name: "Export" }).click();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "CSV" }).click();
    assert.match((await saved).suggestedFilename(), /\.csv$/);
  },

  async "a campaign gets a link and a cost"(page) {
    await signIn(page);
    await page.goto("/campaigns");
    await page.getByRole("button", { name: "New campaign" }).click();
    await page.getByLabel("Title").fill("Spring");
    await page.getByRole("button", { name: "Save the campaign" }).click();
    await page.getByRole("heading", { name: "Spring" }).waitFor();
    await page.getByLabel("Tags").fill("spring news");
    await page.getByLabel("Sub-publisher, sub_id").fill("yt review");
    await page.getByRole("button", { name: "Create the link" }).click();
    const link = await page.locator("pre.codebox").innerText();
    assert.match(link, /\/a\/meridian\?campaign=\w+&l=\d+&sub_id=yt\+review$/);
    await page.getByLabel("Cost, USD").fill("12.50");
    await page.getByRole("button", { name: "Save the cost" }).click();
    await page.getByRole("cell", { name: "12.50", exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Archive" }).click();
    await page.getByText("You cannot add links to an archived campaign").waitFor();
  },

  async "an ended session keeps the screen, and goes on"(page, { base }) {
    await signIn(page);
    await page.goto("/rewards?closed=last365");
    await settled(page);
    await page.evaluate(() => fetch("/api/page/session/", { method: "DELETE", headers: { "X-Tributary-Page": "1" } }));
    await page.locator("thead button", { hasText: "Reward, USD" }).dispatchEvent("click"); // the dialog may be there already, because the page waits for news
    await page.getByText("Your session ended").waitFor();
    await page.getByRole("dialog").getByLabel("Password").fill(login.password);
    await page.getByRole("button", { name: "Sign in and go on" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await settled(page);
    assert.ok(page.url().startsWith(`${base}/rewards`));
  },

  async "no connection and a failing server are told"(page, { context }) {
    await signIn(page);
    await settled(page);
    await context.setOffline(true);
    await page.getByText("No connection since").waitFor();
    await context.setOffline(false);
    await page.getByText("No connection since").waitFor({ state: "detached" });

    await page.route("**/api/v1/reports/", (route) => route.fulfill({ status: 500, headers: { "X-Request-Id": "01a224fa-7c1e" }, json: { code: "APIException", message: "A server error occurred" } }));
    await page.goto("/clients");
    await page.getByText("The server returned the error 500").waitFor({ timeout: 20_000 });
    await page.getByText("01a224fa-7c1e").waitFor();
    await page.unroute("**/api/v1/reports/");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText(/Whole filter/).waitFor();
  },

  async "nothing is wider than a small phone"(page) {
    await page.setViewportSize({ width: 320, height: 640 });
    await signIn(page);
    for (const address of ["/", "/rewards?closed=last365", "/clients", "/accounts", "/orders", "/promo", "/network", "/network/agents", "/developers/events", "/developers/webhooks", "/more"]) {
      await page.goto(address);
      await settled(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${address} is ${wide} px too wide`);
    }
  },
};
