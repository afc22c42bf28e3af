// The paths of promo, network, developers and the palette.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settled, signIn } from "./browser.mjs";
import { mailedCode } from "./money.mjs";

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

/** The session's own token, for programs that the test runs. */
const tokenOf = (page) =>
  page.evaluate(async () => {
    const response = await fetch("/api/page/session/", { method: "POST", headers: { "X-Tributary-Page": "1", "Content-Type": "application/json" }, body: "{}" });
    return (await response.json()).token;
  });

/** Runs a program of a language and returns what it prints. */
function run(language, code, key) {
  const dir = mkdtempSync(join(tmpdir(), "call-"));
  const options = { cwd: dir, encoding: "utf8", env: { ...process.env, TRIBUTARY_KEY: key, GOFLAGS: "" } };
  const [file, command, ...rest] = {
    curl: ["call.sh", "bash"], Python: ["call.py", "python3"], JavaScript: ["call.mjs", process.execPath], Go: ["call.go", "go", "run"],
  }[language];
  try {
    writeFileSync(join(dir, file), code);
    return execFileSync(command, [...rest, file], options);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const growthPaths = {
  async "material is found by kind and language, and its code is copied"(page) {
    await signIn(page);
    await page.goto("/promo");
    await page.getByRole("button", { name: "Filter by Kind" }).click();
    await page.getByRole("checkbox", { name: "Banner" }).check();
    await page.waitForURL(/kind=banner/);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Filter by Language" }).click();
    await page.getByRole("checkbox", { name: "es", exact: true }).check();
    await page.waitForURL(/language=es/);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => [...document.querySelectorAll(".mat")].every((one) => one.textContent.includes("ES")));
    const [first] = await page.locator(".mat h2").allInnerTexts();
    await page.getByRole("button", { name: `Embed ${first}` }).click();
    const dialog = page.getByRole("dialog");
    const code = dialog.getByRole("region", { name: "Code to embed" });
    await code.waitFor();
    assert.match(await code.innerText(), /\/a\/meridian/);
    await dialog.getByLabel("Counts for").selectOption({ label: "Campaign “Gold, tight spreads”" });
    await dialog.getByLabel("Sub-publisher, sub_id").fill("yt-review");
    await page.waitForFunction(() => /campaign=\w+/.test(document.querySelector("pre.codebox")?.textContent ?? "") && /sub_id=yt-review/.test(document.querySelector("pre.codebox").textContent));
    await dialog.getByRole("button", { name: "Link only" }).click();
    await dialog.getByRole("button", { name: "Copy code" }).click();
    await page.getByText("Copied.").waitFor();
    assert.match(await clipboard(page), /^https?:\/\/\S+campaign=\w+\S*sub_id=yt-review/);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Remove filter Language" }).click();
    await page.waitForURL((url) => !url.search.includes("language"));
  },

  async "an agent gets new terms by a mailed code"(page) {
    await signIn(page);
    await page.goto("/network/agents");
    await page.getByRole("button", { name: "New agreement with Lindiwe" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Share of your reward, percent").fill("101");
    await dialog.getByText("Write a percent up to 100").waitFor();
    await dialog.getByLabel("Share of your reward, percent").fill("17.5%");
    await dialog.getByLabel("Limit, USD").fill("450");
    const before = Date.now();
    await dialog.getByRole("button", { name: "Continue" }).click();
    await dialog.getByText(/^Sent to/).waitFor();
    await dialog.getByLabel(/^Code for 17.5%/).fill(await mailedCode(before));
    await dialog.getByRole("button", { name: "Give 17.5%" }).click();
    await dialog.waitFor({ state: "detached" });
    const row = page.getByRole("row", { name: /Lindiwe/ });
    await row.getByRole("cell", { name: "17.5%" }).waitFor();
    await row.getByRole("cell", { name: "450.00" }).waitFor();
    await row.getByRole("button", { name: /the agreements of Lindiwe/ }).click();
    await dialog.getByText("in force").waitFor();
    assert.equal(await dialog.locator("tbody tr").count(), 2);
  },

  async "new events arrive above what one reads, and the list is bounded"(page) {
    await signIn(page);
    let made = 0;
    const events = (many) => Array.from({ length: many }, () => ({ id: `event-${++made}`, type: "reward.booked", timestamp: "2026-11-27T14:05:00Z", data: { number: made } }));
    let next = [];
    await page.route("**/api/v1/events/?*", async (route) => {
      const asked = new URL(route.request().url()).searchParams;
      if (asked.get("limit") === "200") return route.continue(); // the frame, which waits for news too
      const data = asked.get("cursor") === "latest" ? [] : next.splice(0, 50);
      await route.fulfill({ json: { data, next_cursor: `after-${made}`, has_more: next.length > 0 } });
    });
    await page.goto("/developers/events");
    await page.getByRole("button", { name: "From now on" }).click();
    await page.getByText("Nothing has happened yet").waitFor();
    next = events(60);
    await page.getByText("60 events since you began").waitFor();
    const row = page.getByRole("row", { name: "event-30" });
    const placeOf = () => row.evaluate((one) => one.getBoundingClientRect().top);
    await row.evaluate((one) => scrollBy(0, one.getBoundingClientRect().top - 300));
    const [before, scrolled] = [await placeOf(), await page.evaluate(() => scrollY)];
    next = events(7);
    await page.getByText("67 events since you began").waitFor();
    assert.equal(Math.round(await placeOf()), Math.round(before));
    assert.ok((await page.evaluate(() => scrollY)) > scrolled);

    await page.evaluate(() => scrollTo(0, 0));
    const opened = page.getByRole("row", { name: "event-67" }).first();
    await opened.getByRole("button").click();
    await page.getByRole("region", { name: "Event event-67" }).waitFor();
    const top = await opened.evaluate((one) => one.getBoundingClientRect().top);
    next = events(3);
    await page.getByText("70 events since you began").waitFor();
    assert.equal(Math.round(await opened.evaluate((one) => one.getBoundingClientRect().top)), Math.round(top));
    await opened.getByRole("button").click();

    next = events(600);
    await page.getByText("670 events since you began").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 500);
  },

  async "the list of agents takes one request, however many there are"(page) {
    await signIn(page);
    const asked = [];
    page.on("request", (request) => request.url().includes("/referral-agent-links/") && asked.push(new URL(request.url()).pathname));
    await page.goto("/network/agents");
    await page.getByRole("row", { name: /Lindiwe/ }).getByRole("button", { name: /the agreements of/ }).waitFor();
    await settled(page);
    assert.deepEqual(asked, ["/api/v1/referral-agent-links/"]);
  },

  async "a webhook is made by a mailed code, tested, paused and deleted"(page) {
    await signIn(page);
    await page.goto("/developers/webhooks");
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Dashboard");
    await dialog.getByLabel("Address").fill("not an address");
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await dialog.getByRole("alert").waitFor();
    await dialog.getByLabel("Address").fill("https://hooks.example.com/tributary");
    await dialog.getByLabel("client.registered").check();
    const before = Date.now();
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await dialog.getByText("None of your webhooks calls this host yet").waitFor();
    await dialog.getByLabel("Code to send to hooks.example.com").fill(await mailedCode(before));
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole("link", { name: "Dashboard" }).click();
    await page.getByRole("button", { name: "Send a test" }).click();
    await dialog.getByRole("heading", { name: "webhook.test" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "List of deliveries" }).getByRole("button", { name: "webhook.test" }).waitFor();
    assert.equal(await page.getByText(/^whsec_/).count(), 0);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Nothing is sent while it is off").waitFor();
    assert.ok(await page.getByRole("button", { name: "Send a test" }).isDisabled());
    await page.getByRole("button", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("No webhooks yet").waitFor();
  },

  async "a postback is made without a code, and its test is in the log"(page) {
    await signIn(page);
    await page.goto("/developers/postbacks");
    await page.getByRole("button", { name: "New postback" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Tracker");
    await dialog.getByLabel("Address").fill("https://track.example.com/pb?click={click_id}&e={event}");
    await dialog.getByLabel("deposit", { exact: true }).uncheck();
    await dialog.getByRole("button", { name: "Make the postback" }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole("link", { name: "Tracker" }).click();
    await page.getByLabel("Test with").selectOption("first_deposit");
    await page.getByRole("button", { name: "Send a test" }).click();
    await dialog.getByRole("heading", { name: "first_deposit" }).waitFor();
  },

  async "the code behind a screen gives what the screen shows"(page) {
    await signIn(page);
    await page.goto("/clients?country=ZA");
    await page.getByText(/Whole filter/).waitFor();
    const many = Number(/Whole filter: ([\d,]+) row/.exec(await page.locator("tfoot").innerText())[1].replaceAll(",", ""));
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What to find" }).waitFor();
    await page.keyboard.type("calls behind");
    await page.getByRole("option", { name: "calls behind", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /\/api\/v2\/reports\/clients\// }).click();
    const key = await tokenOf(page);
    for (const language of ["curl", "Python", "JavaScript", "Go"]) {
      await page.getByRole("button", { name: language, exact: true }).click();
      const code = await page.getByRole("region", { name: `Code in ${language}` }).innerText();
      const { totals } = JSON.parse(run(language, code, key));
      assert.equal(totals.count, many, language);
    }
  },

  async "the palette finds an account, an order and a campaign by keyboard alone"(page) {
    await signIn(page);
    await page.goto("/orders");
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    const order = await page.locator("tbody td .id").first().innerText();
    const account = await page.locator("tbody tr a").first().innerText();
    const find = async (text, name) => {
      await page.locator("h1").first().waitFor({ state: "attached" });
      await page.keyboard.press("/");
      await page.getByRole("combobox", { name: "What to find" }).waitFor();
      await page.keyboard.type(text);
      await page.getByRole("option", { name, selected: true }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await find(account.slice(0, -1), account.slice(0, -1));
    await page.waitForURL(/\/rewards\?account=\d+&closed=all/);
    await settled(page);
    await find(order, order);
    await page.getByText("How the reward was worked out").waitFor();
    await find("gold", "Gold, tight spreads");
    await page.waitForURL(/\/campaigns\/\w+/);
    await settled(page);
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "What to find" }).waitFor();
    await page.keyboard.type("nothing at all");
    await page.getByText("Nothing is found for").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },

  async "each part of the new screens says when it is empty, refused or failing, and goes on"(page) {
    await signIn(page);
    const none = { data: [], totals: { count: 0 } };
    const parts = [
      ["/promo", "**/api/promo/materials/?*", none, "No material yet", "The material could not be loaded"],
      ["/network/agents", "**/api/v1/referral-agent-links/?*", none, "No agents yet", "The agents could not be loaded"],
      ["/developers/events", "**/api/v1/events/?*", { data: [], next_cursor: "x", has_more: false }, "No such events", "The events could not be loaded"],
      ["/developers/webhooks", "**/api/v1/webhooks/?*", none, "No webhooks yet", "The list could not be loaded"],
      ["/developers/postbacks", "**/api/v1/postbacks/?*", none, "No postbacks yet", "The list could not be loaded"],
    ];
    for (const [address, pattern, empty, said, failed] of parts) {
      let answer = { json: empty };
      await page.route(pattern, (route) => route.fulfill(answer));
      await page.goto(address);
      await page.getByRole("heading", { name: said }).waitFor();
      answer = { status: 403, json: { code: "PermissionDenied", message: "Not allowed" } };
      await page.reload();
      await page.getByText(failed).waitFor();
      assert.equal(await page.getByRole("heading", { name: said }).count(), 0, `${address} is both refused and empty`);
      answer = { json: empty };
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByRole("heading", { name: said }).waitFor();
      await page.unroute(pattern);
    }
    await page.goto("/developers/webhooks/0192f0c1-a2b3-7c4d-8e9f-001122334455");
    await page.getByRole("heading", { name: "It does not exist" }).waitFor();
  },
};
