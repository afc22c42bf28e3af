// What happens when an answer is lost, late or a refusal while money or rights
// are about to change.
import assert from "node:assert/strict";
import { login, settled, signIn } from "./browser.mjs";
import { mailedCode } from "./money.mjs";

/** Lets every query on the screen ask again, as after a lost connection. */
const askAgain = (page) => page.evaluate(() => dispatchEvent(new Event("online")));

/** The bodies that the page sends with a method. The browser does not show them itself. */
async function bodiesOf(page, method) {
  const sent = [];
  await page.exposeFunction("noteBody", (body) => void sent.push(JSON.parse(body)));
  await page.addInitScript((wanted) => {
    const { fetch } = window;
    window.fetch = async (request, ...rest) => {
      if (request.method === wanted) await window.noteBody(await request.clone().text());
      return fetch(request, ...rest);
    };
  }, method);
  return sent;
}

const approval = "**/api/v2/autorebates/approve/";

export const troublePaths = {
  async "a percent is sent only if it is one, and only if it was edited"(page) {
    const sent = await bodiesOf(page, "PATCH");
    await signIn(page);
    await page.goto("/rebates/accounts");
    await settled(page);
    const open = () => page.locator("tbody tr[aria-rowindex] .open").first().click();
    const dialog = page.getByRole("dialog");
    await open();
    const percent = dialog.getByLabel("Percent of its own");
    const first = await percent.inputValue();
    assert.ok(await dialog.getByRole("button", { name: "Save" }).isDisabled());
    for (const typed of ["12,5", "abc", "12.555"]) {
      await percent.fill(typed);
      await dialog.getByText("Write a percent with at most two places").waitFor();
      await percent.press("Enter");
    }
    assert.deepEqual(sent, []);
    await percent.fill("12.5%");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(sent, [{ rebate_percent: 12.5 }]);
    await settled(page);
    await open();
    assert.equal(await percent.inputValue(), "12.5");
    await percent.fill(first);
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(sent[1], { rebate_percent: first ? Number(first) : null });

    await page.goto("/rebates/groups");
    await page.getByRole("button", { name: /^Change / }).first().click();
    await dialog.getByLabel("Percent of your reward").fill("12,5");
    await dialog.getByText("Write a percent with at most two places").waitFor();
    assert.ok(await dialog.getByRole("button", { name: "Save the group" }).isDisabled());
  },

  async "a form sends what it shows, also if Enter follows the last key at once"(page) {
    const sent = await bodiesOf(page, "POST");
    await signIn(page);
    await page.goto("/campaigns");
    await page.getByRole("button", { name: "New campaign" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Title").fill("Sprin");
    await page.waitForTimeout(300);
    await dialog.getByLabel("Title").evaluate((input) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, "Spring");
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.form.requestSubmit();
    });
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual(sent, [{ title: "Spring", description: "" }]);
  },

  async "a form overwrites nothing that was not edited in it"(page) {
    const changes = await bodiesOf(page, "PATCH");
    await signIn(page);
    const dialog = page.getByRole("dialog");
    await page.goto("/rebates/groups");
    const change = page.getByRole("button", { name: /^Change / }).first();
    await change.click();
    const title = await dialog.getByLabel("Title").inputValue();
    await dialog.getByLabel("Title").fill(`${title} 2`);
    await dialog.getByRole("button", { name: "Save the group" }).click();
    await dialog.waitFor({ state: "detached" });
    await change.click();
    await dialog.getByLabel("Title").fill(title);
    await dialog.getByRole("button", { name: "Save the group" }).click();
    await dialog.waitFor({ state: "detached" });

    await page.goto("/campaigns");
    await page.getByRole("link", { name: "Gold, tight spreads" }).first().click();
    await page.getByRole("button", { name: "Edit" }).click();
    await dialog.getByLabel("Description").fill("Only for the test");
    await dialog.getByRole("button", { name: "Save the campaign" }).click();
    await dialog.waitFor({ state: "detached" });

    await page.goto("/settings/profile");
    const messenger = page.getByLabel("Messenger");
    const before = await messenger.inputValue();
    for (const typed of ["@river", before]) {
      await messenger.fill(typed);
      const answer = page.waitForResponse((response) => response.request().method() === "PATCH");
      await page.getByRole("button", { name: "Save the profile" }).click();
      assert.ok((await answer).ok());
    }
    assert.deepEqual(changes, [
      { group_title: `${title} 2` }, { group_title: title }, { description: "Only for the test" }, { messenger: "@river" }, { messenger: before },
    ]);
  },

  async "failed deliveries are sent again until one request finds fewer than it may, and a part is told"(page) {
    await signIn(page);
    const hook = { id: "0192f0c1-a2b3-7c4d-8e9f-001122334455", name: "Dashboard", url: "https://hooks.example.com/", events: [], status: "active", disabled_reason: null, failing_since: null, last_success: null, created: "2026-11-01T00:00:00Z" };
    await page.route(`**/api/v1/webhooks/${hook.id}/**`, (route) => {
      const path = new URL(route.request().url()).pathname;
      return route.fulfill({ json: path.endsWith("/deliveries/") ? { data: [], totals: { count: 0 } } : hook });
    });
    const answers = [{ json: { count: 1000 } }, { status: 400, json: { code: "ValidationError", message: "", details: [] } }, { json: { count: 1000 } }, { json: { count: 7 } }];
    let asked = 0;
    await page.route("**/replay/", (route) => route.fulfill(answers[asked++]));
    await page.goto(`/developers/webhooks/${hook.id}`);
    await page.getByRole("button", { name: "Send failed ones again" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Send again" }).click();
    await dialog.getByText("1,000 deliveries are sent again, but the rest is not.").waitFor();
    await dialog.getByRole("button", { name: "Send again" }).click();
    await page.getByText("2,007 deliveries are sent again.").waitFor();
    assert.equal(asked, answers.length);
  },

  async "an open approval keeps its rebates, and a refusal of rights is not told as another amount"(page) {
    await signIn(page);
    await page.goto("/rebates");
    const approve = page.getByRole("button", { name: /^Approve .+ USD$/ });
    await approve.waitFor();
    let started = 0;
    page.on("request", (request) => request.url().endsWith("/approve/start/") && started++);
    const sum = /Approve (.+) USD/.exec(await approve.innerText())[1];
    const before = Date.now();
    await approve.click();
    const dialog = page.getByRole("dialog");
    await page.getByText(/^Sent to/).waitFor();
    const rows = await dialog.locator("tbody tr").count();
    assert.ok(rows > 0);
    await page.route("**/api/v2/autorebates/rebates/?**", (route) =>
      route.fulfill({ json: { data: [], totals: { count: 0, clients_count: 0, reward_usd: 0, rebate_usd: 0, topay_rebate_usd: 0 } } }));
    await askAgain(page);
    await approve.waitFor({ state: "detached" }); // the list behind the sheet is empty now
    assert.equal(await dialog.locator("tbody tr").count(), rows);
    assert.equal(started, 1, "the approval was started again, so the mailed code is worth nothing");

    await page.route(approval, (route) => route.fulfill({ status: 403, json: { code: "PermissionDenied", message: "The broker has suspended you", details: [] } }));
    await dialog.getByLabel(/^Code to pay/).fill(await mailedCode(before));
    await dialog.getByRole("button", { name: `Pay ${sum} USD` }).click();
    await dialog.getByText("The broker has suspended you").waitFor();
    assert.equal(await dialog.locator("tbody tr").count(), rows);

    // A code that is no longer valid is asked for again, and no amount is called changed.
    await page.unroute(approval);
    await page.route(approval, (route) => route.fulfill({
      status: 403, json: { code: "PermissionDenied", message: "", details: [{ field: "X-Temporary-Token", code: "verification_required", message: "" }] },
    }));
    await dialog.getByRole("button", { name: `Pay ${sum} USD` }).click();
    await dialog.getByText("The code was no longer").waitFor();
    assert.equal(await dialog.locator("tbody tr").count(), rows);
    await page.unroute(approval);
  },

  async "a withdrawal whose answer was lost is made once"(page) {
    await signIn(page);
    await page.goto("/wallet");
    await page.getByRole("button", { name: "Withdraw" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Amount, USD").fill("77.70");
    await dialog.getByLabel("To", { exact: true }).fill("DE89370400440532013000");
    const send = async () => {
      const before = Date.now();
      await dialog.getByRole("button", { name: "Continue" }).click();
      await dialog.getByText(/^Sent to/).waitFor();
      await dialog.getByLabel(/^Code for 77.70 USD/).fill(await mailedCode(before));
      await dialog.getByRole("button", { name: "Withdraw 77.70 USD" }).click();
    };
    await page.route("**/api/wallet/withdrawals/", async (route) => {
      await route.fetch(); // the server makes it, and the answer is lost
      await route.abort();
    }, { times: 1 });
    await send();
    await dialog.getByText("It may or may not have taken effect. Try again: it cannot take effect twice.").waitFor();
    assert.equal(await dialog.getByText("Nothing has changed").count(), 0);
    await dialog.getByRole("button", { name: "Back" }).click();
    await send();
    await page.getByText("77.70 USD are with the broker.").waitFor();
    await page.getByText("The first try had already taken effect. It was not done twice.").waitFor();
    await page.getByRole("link", { name: /^Withdrawals/ }).click();
    await page.getByRole("cell", { name: "77.70 USD" }).first().waitFor();
    assert.equal(await page.getByRole("cell", { name: "77.70 USD" }).count(), 1);
  },

  async "a changed password is told, even if signing in again fails"(page) {
    await signIn(page);
    const next = "another-password-1";
    const change = async (from, to) => {
      await page.goto("/settings/security");
      await page.getByText("E-mail, standard").waitFor();
      const before = Date.now();
      await page.getByRole("button", { name: "Change the password" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/^Sent to/).waitFor();
      await dialog.getByLabel("Password now").fill(from);
      await dialog.getByLabel("New password").fill(to);
      await dialog.getByLabel("Code to change the password").fill(await mailedCode(before));
      await dialog.getByRole("button", { name: "Change the password" }).click();
    };
    await page.route("**/api/page/session/", (route) =>
      route.request().postDataJSON()?.login ? route.fulfill({ status: 500, json: {} }) : route.continue());
    await change(login.password, next);
    await page.getByText("The password is changed.").waitFor();
    await page.getByText("Your session ended").waitFor();
    await page.unroute("**/api/page/session/");
    await page.getByRole("dialog").getByLabel("Password").fill(next);
    await page.getByRole("button", { name: "Sign in and go on" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await change(next, login.password);
    await page.getByText("The password is changed.").waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  },
};
