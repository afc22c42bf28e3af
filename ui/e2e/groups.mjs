// The groups of a table, and the cursor in its cells.
import assert from "node:assert/strict";
import { settled, signIn } from "./browser.mjs";
import { feeder, read } from "./feed.mjs";

const days = "closed=2026-01-01..2026-11-27";
const number = (text) => Number(text.replaceAll(",", ""));

export const groupPaths = {
  async "groups have exact sums and open to their rows"(page) {
    await signIn(page);
    await page.goto(`/rewards?rows=orders&group=account&${days}`);
    await settled(page);
    const grid = page.getByRole("treegrid");
    const many = async () => Number(await grid.getAttribute("aria-rowcount"));
    const first = page.locator("tr.grp").first();
    assert.equal(await first.getAttribute("aria-expanded"), "true");
    await first.click(); // closes it
    await page.waitForURL(/open=(&|$)/);
    const header = page.locator("tr.grp").nth(1);
    const account = /^\d+/.exec((await header.innerText()).trim())[0];
    const { totals, data } = await read(page, `/api/reports/orders/?client_account=${account}&date_from=2026-01-01&date_to=2026-11-27&limit=1`);
    assert.equal(number(await header.locator("td").last().innerText()), Number(totals.reward_usd));
    assert.match(await header.innerText(), new RegExp(`· ${totals.orders_count.toLocaleString("en")} orders?`));
    const closed = await many();
    await header.click();
    await page.waitForURL((url) => url.searchParams.get("open") === account);
    await page.locator("tbody tr", { hasText: data[0].order_id }).waitFor();
    assert.equal((await many()) - closed, totals.count);
    const below = page.locator("tr.grp:nth-child(2) + tr");
    assert.ok((await below.innerText()).includes(account));

    await page.reload();
    await settled(page);
    await page.locator("tbody tr", { hasText: data[0].order_id }).waitFor();
    await grid.focus();
    await page.keyboard.press("ArrowDown");
    const state = () => header.getAttribute("aria-expanded");
    for (const [key, open] of [["ArrowLeft", "false"], ["ArrowRight", "true"], ["Enter", "false"]]) {
      await page.keyboard.press(key);
      await page.waitForFunction((said) => document.querySelectorAll("tr.grp")[1].ariaExpanded === said, open);
      assert.equal(await state(), open);
    }
    assert.equal(await many(), closed);
  },

  async "rows far down an open group are those of the list"(page) {
    await signIn(page);
    await page.goto(`/rewards?rows=orders&group=type&${days}`);
    await settled(page);
    const type = /^[A-Z].*?(?=\s+·)/.exec((await page.locator("tr.grp").first().innerText()).trim())[0];
    const at = 160;
    const { data: [order], totals } = await read(page, `/api/reports/orders/?${new URLSearchParams({ client_account_type: type, date_from: "2026-01-01", date_to: "2026-11-27", limit: 1, offset: at })}`);
    assert.ok(totals.count > at, `${type} has only ${totals.count} rows`);
    await page.locator(".rows").evaluate((box, row) => box.scrollTo({ top: row * 36 }), at - 5);
    const line = page.locator(`tbody tr[aria-rowindex="${at + 2}"]`); // below the header, which is line 1
    await page.waitForFunction(([index, id]) => document.querySelector(`tbody tr[aria-rowindex="${index}"]`)?.innerText.includes(id), [at + 2, order.order_id]).catch(() => undefined);
    assert.ok((await line.innerText()).includes(order.order_id), `row ${at} is ${await line.innerText()}, but the list has ${order.order_id} there`);
  },

  async "rows are not grouped under a filter for which there are no sums"(page) {
    await signIn(page);
    await page.goto(`/rewards?rows=orders&group=day&symbol=XAUUSD&${days}`);
    await settled(page);
    await page.getByText("the rows are not grouped: Symbol.").waitFor();
    assert.equal(await page.locator("tr.grp").count(), 0);
    await page.getByRole("button", { name: "Remove filter Symbol" }).click();
    await page.locator("tr.grp").first().waitFor();
    await page.getByRole("button", { name: "Group: Day" }).click();
    await page.getByRole("link", { name: "No groups" }).click();
    await page.getByRole("grid").waitFor();
  },

  async "a new order changes the sum of its group"(page, { base }) {
    await signIn(page);
    const waits = page.waitForRequest((request) => /\/events\/\?.*wait=/.test(request.url()));
    await page.goto("/rewards?rows=orders&group=day&closed=last365");
    await settled(page);
    const feed = await feeder(page, base);
    await waits;
    const today = page.locator("tr.grp").first();
    const before = await today.innerText();
    await feed.close();
    await page.locator("tbody tr", { hasText: feed.order() }).waitFor();
    await page.waitForFunction((was) => document.querySelector("tr.grp").innerText !== was, before);
    const amount = async (row) => number(await row.locator("td").last().innerText());
    const { totals } = await read(page, "/api/reports/orders/?date_from=2026-11-27&date_to=2026-11-27&limit=1");
    assert.equal(await amount(today), Number(totals.reward_usd));
  },

  async "the cursor goes from cell to cell, and one cell is copied"(page) {
    await signIn(page);
    await page.goto("/orders?cols=account,order,reward");
    await settled(page);
    const { data: [order] } = await read(page, "/api/reports/orders/?limit=1");
    const grid = page.getByRole("grid");
    const cell = () => grid.evaluate((one) => document.getElementById(one.getAttribute("aria-activedescendant")).innerText);
    await grid.focus();
    for (const text of [String(order.client_account), order.order_id]) {
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction((said) => document.querySelector("td.cell")?.innerText === said, text);
      assert.equal(await cell(), text);
    }
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector("td.cell") === document.querySelector("tbody tr td:last-child"));
    await page.keyboard.press("Control+c");
    await page.getByText("Copied.").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), String(order.reward_usd));
    await page.keyboard.press("Escape");
    await page.locator("td.cell").waitFor({ state: "detached" });
    await page.keyboard.press("ArrowRight");
    await page.locator("td.cell").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/accounts" && url.searchParams.get("account") === String(order.client_account));
  },
};
