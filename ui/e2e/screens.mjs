import { settled } from "./browser.mjs";

// Every screen and how to get there. run.mjs looks at each in every look.

const heading = (page, name) => page.getByRole("heading", { name, level: 1 }).waitFor({ state: "attached" });

export const gates = {
  async "sign-in"(page) {
    await page.goto("/sign-in");
    await heading(page, "Sign in");
  },
  async "sign-in-wrong"(page) {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill("demo@example.com");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
  },
  async register(page) {
    await page.goto("/register");
    await heading(page, "Become a partner");
  },
  async forgot(page) {
    await page.goto("/forgot");
    await heading(page, "Set a new password");
  },
};

/**
 * Answers for the server that a code was sent, because it sends only ten codes
 * in ten minutes, and the paths need them.
 */
async function withCode(page, work) {
  const pattern = "**/api/v1/verification/operations/";
  const asked = { verification_uid: "0197c0de-0000-7000-8000-000000000001", channel: "email", expires_at: "2026-11-27T14:20:00Z" };
  await page.route(pattern, (route) => route.fulfill({ status: 201, json: asked }));
  await work();
  await page.unroute(pattern);
}

// No program of the test is on the public internet, so the server cannot deliver
// anything to it. This is a webhook with a log as the server would tell it.
const hook = {
  id: "0192f0c1-a2b3-7c4d-8e9f-001122334455", name: "Dashboard", url: "https://hooks.meridian.example/tributary", events: ["reward.booked", "payout.paid"],
  status: "active", disabled_reason: null, failing_since: "2026-11-27T00:00:17Z", last_success: "2026-11-26T23:59:41Z", created: "2026-06-01T12:00:00Z",
};
const delivery = (number, more) => ({
  id: `0192f0c1-b2c3-7d4e-9f80-11223344556${number}`, message_id: `0192f0c1a2b37c4d8e9f001122334455-${number}`, event: "reward.booked", status: "delivered",
  attempts: 1, next_attempt: null, last_status_code: 200, last_problem: null, created: "2026-11-27T14:05:00Z", ended: "2026-11-27T14:05:01Z", ...more,
});
const deliveries = [
  delivery(1, {}),
  delivery(2, { event: "webhook.test", status: "pending", attempts: 1, last_status_code: 503, next_attempt: "2026-11-27T14:15:00Z", ended: null }),
  delivery(3, { event: "payout.paid", status: "failed", attempts: 2, last_status_code: null, last_problem: "unreachable", created: "2026-11-27T00:00:02Z" }),
];
const attempt = (number, more) => ({ attempt: number, at: `2026-11-27T00:0${number}:17Z`, took_ms: 15000, url: hook.url, status_code: null, problem: "unreachable", answer: "", ...more });

async function withHook(page, work) {
  const answers = [
    [`**/api/v1/webhooks/${hook.id}/`, hook],
    [`**/api/v1/webhooks/${hook.id}/deliveries/?*`, { data: deliveries, totals: { count: 3 } }],
    [`**/api/v1/webhooks/${hook.id}/deliveries/${deliveries[2].id}/`, { ...deliveries[2], log: [attempt(1, { status_code: 502, problem: "status", took_ms: 112, answer: "Bad Gateway" }), attempt(2, {})] }],
  ];
  for (const [pattern, json] of answers) await page.route(pattern, (route) => route.fulfill({ json }));
  await work();
  for (const [pattern] of answers) await page.unroute(pattern);
}

const to = (address, name) => async (page) => {
  await page.goto(address);
  await heading(page, name);
};

export const screens = {
  home: to("/", "Home"),
  async "home-tables"(page) {
    await to("/", "Home")(page);
    for (const title of ["Reward by day", "From click to reward"]) {
      await page.getByRole("region", { name: title, exact: true }).getByRole("button", { name: "As a table" }).click();
    }
  },
  async rewards(page) {
    await to("/rewards?closed=last365", "Rewards")(page);
    await page.locator("tbody tr td").first().waitFor();
  },
  "rewards-days": to("/rewards?rows=account-days&closed=last365", "Rewards"),
  "rewards-grouped": to("/rewards?rows=orders&group=day&closed=last365", "Rewards"),
  "rewards-groups": to("/rewards?rows=groups&group=month&closed=all", "Rewards"),
  "rewards-nothing": to("/rewards?symbol=NOSUCH&closed=last365", "Rewards"),
  async "rewards-explain"(page) {
    await to("/rewards?closed=last365", "Rewards")(page);
    await page.locator("tbody td .open").first().click();
    await page.getByText("How the reward was worked out").waitFor();
  },
  clients: to("/clients", "Clients"),
  accounts: to("/accounts", "Accounts"),
  orders: to("/orders", "Orders"),
  wallet: to("/wallet", "Wallet"),
  "wallet-withdrawals": to("/wallet/withdrawals", "Wallet"),
  "wallet-transfers": to("/wallet/transfers", "Wallet"),
  "wallet-accounts": to("/wallet/accounts", "Wallet"),
  async "wallet-withdraw"(page) {
    await to("/wallet", "Wallet")(page);
    await page.getByRole("button", { name: "Withdraw" }).click();
    await page.getByRole("dialog").getByLabel("Amount, USD").waitFor();
  },
  rebates: to("/rebates", "Rebates"),
  "rebates-groups": to("/rebates/groups", "Rebates"),
  "rebates-accounts": to("/rebates/accounts", "Rebates"),
  "rebates-history": to("/rebates/history", "Rebates"),
  async "rebates-approve"(page) {
    await to("/rebates", "Rebates")(page);
    await withCode(page, async () => {
      await page.getByRole("button", { name: /^Approve/ }).click();
      await page.getByText("Code to pay").first().waitFor();
    });
  },
  campaigns: to("/campaigns", "Campaigns"),
  async promo(page) {
    await to("/promo", "Promo")(page);
    await page.locator(".mat .pv > *").first().waitFor();
  },
  "promo-filtered": to("/promo?kind=banner&language=en", "Promo"),
  "promo-nothing": to("/promo?language=xx", "Promo"),
  async "promo-embed"(page) {
    await to("/promo?kind=banner&size=300x250", "Promo")(page);
    await page.getByRole("button", { name: /^Embed / }).first().click();
    await page.getByRole("region", { name: "Code to embed" }).waitFor();
    await page.locator(".real img").waitFor();
  },
  network: to("/network", "Network"),
  "network-agents": to("/network/agents", "Network"),
  async "network-agreement"(page) {
    await to("/network/agents", "Network")(page);
    await page.getByRole("button", { name: /^New agreement with/ }).first().click();
    await page.getByLabel("Share of your reward, percent").fill("12.5");
    await withCode(page, async () => {
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText(/^Sent to/).waitFor();
    });
  },
  async developers(page) {
    await to("/orders", "Orders")(page);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await page.evaluate(() => document.querySelector("a[href='/developers'], a[href='/more']").click());
    if (page.url().endsWith("/more")) await page.getByRole("main").getByRole("link", { name: "Developers" }).click();
    await page.getByRole("region", { name: /^Code in/ }).waitFor();
  },
  async "developers-events"(page) {
    await to("/developers/events", "Developers")(page);
    await page.getByRole("button", { name: /\./ }).first().click();
    await page.getByRole("region", { name: /^Event / }).waitFor();
  },
  "developers-webhooks": to("/developers/webhooks", "Developers"),
  async "developers-new-webhook"(page) {
    await to("/developers/webhooks", "Developers")(page);
    await page.getByRole("button", { name: "New webhook" }).click();
    await page.getByRole("dialog").getByLabel("client.registered").waitFor();
  },
  async "developers-webhook"(page) {
    await withHook(page, async () => {
      await to(`/developers/webhooks/${hook.id}`, "Developers")(page);
      await page.getByRole("button", { name: "payout.paid" }).click();
      await page.getByText("502").waitFor();
      await settled(page);
    });
  },
  "developers-postbacks": to("/developers/postbacks", "Developers"),
  performance: to("/performance", "Performance"),
  "performance-campaigns": to("/performance?group=campaign_code", "Performance"),
  "settings-profile": to("/settings/profile", "Settings"),
  "settings-security": to("/settings/security", "Settings"),
  "settings-sessions": to("/settings/sessions", "Settings"),
  "settings-keys": to("/settings/keys", "Settings"),
  "settings-notifications": to("/settings/notifications", "Settings"),
  async palette(page) {
    await to("/", "Home")(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What to find" }).fill("accounts");
    await page.getByRole("option", { name: "Wallet: accounts" }).waitFor();
  },
  async "palette-account"(page) {
    await to("/orders", "Orders")(page);
    await page.locator("tbody tr[aria-rowindex]").first().waitFor();
    await page.keyboard.press("/");
    await page.getByRole("combobox", { name: "What to find" }).fill("1181");
    await page.getByText("Client accounts", { exact: true }).waitFor();
  },
  more: to("/more", "More"),
  lost: async (page) => {
    await page.goto("/rewards/nowhere");
    await page.getByText("There is no such screen").waitFor();
  },
};
