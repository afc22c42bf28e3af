// Tests the operations that change money or permissions, with the codes that the server sends. They change the
// store, so they run last.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { login, settled, signIn } from "./browser.mjs";

const mails = process.env.PAGE_MAILS;

/** Returns the code in the newest mail that arrived after a given time. */
export async function mailedCode(after) {
  for (let tries = 0; tries < 100; tries++) {
    const newest = readdirSync(mails)
      .map((name) => ({ path: join(mails, name), at: statSync(join(mails, name)).mtimeMs }))
      .filter((mail) => mail.at >= after)
      .sort((a, b) => b.at - a.at)[0];
    const code = newest && /^\s*(\d{6})\s*$/m.exec(readFileSync(newest.path, "utf8"))?.[1];
    if (code) return code;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`no mail with a code in ${mails}`);
}

/** Returns the code of an authenticator app, a number of steps of 30 seconds after a given time. */
function appCode(secret, at, steps = 0) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/\s/g, "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Returns the time of the server's clock, which the test sets. */
const serverTime = (page) =>
  page.evaluate(async () => {
    const response = await fetch("/api/page/session/", { method: "POST", headers: { "X-Tributary-Page": "1", "Content-Type": "application/json" }, body: "{}" });
    const { expires_at: expires, seconds_left: left } = await response.json();
    return Date.parse(expires) - left * 1000;
  });

export const moneyPaths = {
  async "rebates are approved by a mailed code, by keyboard alone"(page) {
    await signIn(page);
    await page.goto("/rebates");
    const approve = page.getByRole("button", { name: /^Approve .+ USD$/ });
    await approve.waitFor();
    const sum = /Approve (.+) USD/.exec(await approve.innerText())[1];
    await approve.focus();
    const before = Date.now();
    await page.keyboard.press("Enter");
    await page.getByText(/^Sent to demo@example.com/).waitFor();
    const pay = page.getByRole("button", { name: `Pay ${sum} USD` });
    assert.ok(await pay.isDisabled());

    const empty = () => page.waitForFunction(() => document.activeElement.autocomplete === "one-time-code" && document.activeElement.value === "");
    await empty();
    await page.keyboard.type("000000");
    await pay.and(page.locator(":enabled")).waitFor();
    await page.keyboard.press("Enter");
    await page.getByText("This code is wrong. 4 tries are left.").waitFor();
    await empty();
    await page.keyboard.type(await mailedCode(before));
    await pay.and(page.locator(":enabled")).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText(`${sum} USD.`).waitFor();
    await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  },

  async "money is withdrawn by a mailed code"(page) {
    await signIn(page);
    await page.goto("/wallet");
    await page.getByRole("button", { name: "Withdraw" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Amount, USD").fill("999999999");
    await dialog.getByText(/^There are .+ USD to use/).waitFor();
    await dialog.getByLabel("Amount, USD").fill("250.50");
    await dialog.getByLabel("To", { exact: true }).fill("DE89370400440532013000");
    const before = Date.now();
    await dialog.getByRole("button", { name: "Continue" }).click();
    await dialog.getByText(/^Sent to/).waitFor();
    await dialog.getByLabel(/^Code for 250.50 USD/).fill(await mailedCode(before));
    await dialog.getByRole("button", { name: "Withdraw 250.50 USD" }).click();
    await page.getByText("250.50 USD are with the broker.").waitFor();
    await page.getByRole("link", { name: /^Withdrawals/ }).click();
    await page.getByRole("cell", { name: "250.50 USD" }).waitFor();
    await page.getByText("With the broker", { exact: true }).first().waitFor();
  },

  async "a key is made by a code, shown once, and revoked"(page) {
    await signIn(page);
    await page.goto("/settings/keys");
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name").fill("Cashback site");
    const before = Date.now();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText(/^Sent to/).waitFor();
    await page.getByLabel(/^Code for the key/).fill(await mailedCode(before));
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText(/^trb_\w{12}_\w+$/).waitFor();
    await page.reload();
    await page.getByText("Cashback site", { exact: true }).waitFor();
    assert.equal(await page.getByText(/^trb_\w{12}_\w+$/).count(), 0);
    await page.getByRole("button", { name: "Revoke Cashback site" }).click();
    await page.getByRole("button", { name: "Revoke the key" }).click();
    await page.getByText("No keys yet").waitFor();
  },

  async "a secure partner signs in with its app, or a recovery code"(page) {
    await signIn(page);
    await page.goto("/settings/security");
    await page.getByRole("button", { name: "Add an authenticator app" }).click();
    const secret = await page.locator("pre.codebox").innerText();
    const first = await serverTime(page);
    await page.getByLabel("Six digits from the app").fill(appCode(secret, first, -1));
    await page.getByRole("button", { name: "Confirm the app" }).click();
    await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor();
    const [recovery] = (await page.getByRole("dialog").locator("pre.codebox").innerText()).trim().split("\n");
    await page.getByRole("button", { name: "I have kept them" }).click();

    const before = Date.now();
    await page.getByRole("button", { name: "Switch to the app" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/^Sent to/).waitFor();
    await dialog.getByLabel(/^Code/).fill(await mailedCode(before));
    await dialog.getByRole("button", { name: "Switch to the app" }).click();
    await page.getByText("App, secure").waitFor();

    const signOut = async () => {
      await page.getByRole("button", { name: /meridian/ }).click();
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("E-mail").fill(login.email);
      await page.getByLabel("Password").fill(login.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Enter the code" }).waitFor();
    };
    // After signing out, no address is kept for the next partner.
    const isSecure = async () => {
      await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
      await page.goto("/settings/security");
      await page.getByText("App, secure").waitFor();
      await settled(page);
    };
    const now = await serverTime(page);
    await signOut();
    await page.getByLabel("Six-digit code").fill("000000");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Six-digit code").fill(appCode(secret, now));
    await page.getByRole("button", { name: "Continue" }).click();
    await isSecure();

    await signOut();
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill(recovery);
    await page.getByRole("button", { name: "Continue" }).click();
    await isSecure();
  },
};
