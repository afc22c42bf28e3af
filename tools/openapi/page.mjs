// Tests the schema page in a browser:
//
//   node page.mjs http://localhost:8080
import assert from "node:assert/strict";
import { withBrowser } from "./browser.mjs";

const base = process.argv[2].replace(/\/$/, "");
const url = `${base}/api/schema/`;

const tests = {
  async "tags are closed, each with a sentence, partner before broker"(page) {
    await page.goto(url);
    await page.waitForSelector(".opblock-tag");
    assert.equal(await page.locator(".opblock").count(), 0, "an operation is open");
    const tags = await page.locator(".opblock-tag").evaluateAll((all) =>
      all.map((tag) => ({ name: tag.dataset.tag, sentence: tag.querySelector("small").textContent.trim() })));
    for (const { name, sentence } of tags) {
      assert.match(sentence, /\.$/, `the tag ${name} has no sentence`);
    }
    const broker = tags.findIndex((tag) => tag.name.startsWith("Broker"));
    assert.ok(broker > tags.findIndex((tag) => tag.name === "Reports"), "broker's operations stand before a partner's");
    assert.ok(tags.slice(broker).every((tag) => /^(Broker|Schema)/.test(tag.name)), "a partner's tag stands behind the broker's");
  },

  async "search finds words of titles and descriptions"(page) {
    await page.goto(url);
    await page.waitForSelector(".opblock-tag");
    for (const [words, found] of [["meta tag", "traffic_source_validator"], ["ledger lines", "report_transactions"], ["unread 6 hours", null], ["renew token", "auth_token_renew"]]) {
      await page.fill("#search", words);
      if (found) {
        await page.locator(`[id$="-${found}"]`).waitFor();
      } else {
        await page.getByText("Nothing has all of these words.").waitFor();
      }
    }
    await page.fill("#search", "");
    await page.locator('.opblock-tag[data-tag="Reports"]').waitFor();
  },

  async "every operation can be linked to"(page) {
    const { paths } = await (await fetch(`${url}?format=openapi`)).json();
    const operations = Object.values(paths).flatMap((path) => Object.values(path)).filter((op) => op.operationId);
    assert.ok(operations.length > 100);
    const ids = new Set(operations.map((op) => op.operationId));
    assert.equal(ids.size, operations.length, "two operations have one id");
    for (const id of ["auth_login", "report_clients", operations.at(-1).operationId]) {
      const [tag] = operations.find((op) => op.operationId === id).tags;
      await page.goto("about:blank");
      await page.goto(`${url}#/${encodeURIComponent(tag)}/${id}`);
      await page.locator(`[id="operations-${tag.replaceAll(" ", "_")}-${id}"] .opblock-body`).waitFor();
    }
    await page.locator(".steps a").first().click();
    await page.locator("#operations-Authorization-auth_login .opblock-body").waitFor();
  },

  async "authorization survives a reload, and can be forgotten"(page) {
    await page.goto(url);
    const forget = page.locator("#forget");
    await page.locator(".btn.authorize").first().click();
    assert.ok(!(await forget.isVisible()));
    await page.locator(".auth-container input").first().fill("JWT abc");
    await page.locator(".auth-btn-wrapper .authorize").first().click();
    await page.locator(".auth-btn-wrapper .btn-done").first().click();
    await forget.waitFor();

    await page.reload();
    await forget.waitFor();
    await page.goto(`${url}#/Partner/partner_summary`);
    await page.locator(".try-out__btn").click();
    const sent = page.waitForRequest(/\/api\/partner\/summary\//);
    await page.locator(".btn.execute").click();
    assert.equal((await sent).headers().authorization, "JWT abc");
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [], "local storage outlives the tab");

    await forget.click();
    await forget.waitFor({ state: "hidden" });
    await page.reload();
    await page.locator(".opblock-tag").first().waitFor();
    assert.ok(!(await forget.isVisible()), "it came back after a reload");
    const after = await page.evaluate(() => [Object.values(sessionStorage).join(), window.ui.authSelectors.authorized().size]);
    assert.deepEqual(after, ["{}", 0]);
  },
};

await withBrowser(async (open) => {
  for (const [name, test] of Object.entries(tests)) {
    await open({ viewport: { width: 1280, height: 900 } }, async (page) => {
      const broken = [];
      page.on("pageerror", (error) => broken.push(error.message));
      page.on("console", (message) => /Content Security Policy/.test(message.text()) && broken.push(message.text()));
      page.on("request", (request) => request.url().startsWith(base) || /^(data|blob|about):/.test(request.url()) || broken.push(`asked for ${request.url()}`));
      page.setDefaultTimeout(60_000);
      await test(page);
      assert.deepEqual(broken, []);
    });
    console.log("ok  ", name);
  }
});
