// Measures the page on a slow device: a CPU four times slower, and a network with
// 10 Mbit/s and 40 ms. Beside each screen it measures an empty page that fetches the
// same files, so that a slow machine shows in both. make bench-page runs it.
//
//   node bench.mjs http://demo http://many-rows
import { launch, login, open, signIn } from "./browser.mjs";

const [demo, many] = process.argv.slice(2).map((one) => one.replace(/\/$/, ""));
const look = { name: "bench", theme: "light", width: 1440, height: 1000 };
const rows = { email: "partner0@example.com", password: "tributary-bench" };
const runs = Number(process.env.BENCH_RUNS ?? 5);

const browser = await launch();
const lines = [];
let over = false;

const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const share = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];

function note(what, reached, budget, unit, beside = "") {
  const late = reached > budget;
  over ||= late;
  const shown = (value) => (unit === "" ? value.toFixed(3) : `${Math.round(value)} ${unit}`);
  lines.push(`| ${what} | ${shown(reached)} | ${shown(budget)} | ${late ? "over" : "ok"} | ${beside} |`);
}

/** Makes the device slow. */
async function slow(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", { offline: false, latency: 40, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 });
  return client;
}

/** Collects what the browser reports about a page. It must run before the page loads. */
function watch() {
  const seen = { lcp: 0, cls: 0, tasks: [], inputs: [] };
  window.seen = seen;
  const on = (type, take, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  on("largest-contentful-paint", (one) => { seen.lcp = one.startTime; });
  on("layout-shift", (one) => { if (!one.hadRecentInput) seen.cls += one.value; });
  on("longtask", (one) => { seen.tasks.push({ at: one.startTime, took: one.duration }); });
  on("event", (one) => { if (one.interactionId) seen.inputs.push(one.duration); }, { durationThreshold: 16 });
}

const blocked = (tasks) => tasks.reduce((all, one) => all + Math.max(0, one.took - 50), 0);

/** Loads an address several times with an empty cache, and returns the middle of each figure. */
async function load(base, path, { state, ready, use }) {
  const all = [];
  for (let run = 0; run < runs; run++) {
    const { page, context } = await open(browser, base, look, { storageState: state });
    await page.addInitScript(watch);
    await slow(page);
    await page.goto(path);
    await ready(page);
    await page.waitForTimeout(500);
    const first = await page.evaluate(() => structuredClone(window.seen));
    if (use) await use(page);
    await page.waitForTimeout(200);
    const inputs = await page.evaluate(() => window.seen.inputs);
    all.push({ lcp: first.lcp, cls: first.cls, tbt: blocked(first.tasks), inp: Math.max(0, ...inputs) });
    await context.close();
  }
  return Object.fromEntries(["lcp", "cls", "tbt", "inp"].map((name) => [name, middle(all.map((one) => one[name]))]));
}

/** An empty page that fetches the same scripts and styles as the real one, but runs none of them. */
async function empty(base) {
  const all = [];
  const real = await (await fetch(`${base}/sign-in`, { headers: { Accept: "text/html" } })).text();
  const body = real.replace(/<script type="module"[^>]* src="([^"]+)"><\/script>/g, '<link rel="modulepreload" href="$1">').replace(/<body>[^]*<\/body>/, "<body><p>empty</p></body>");
  for (let run = 0; run < runs; run++) {
    const { page, context } = await open(browser, base, look);
    await page.route("**/empty-page", (route) => route.fulfill({ contentType: "text/html", body }));
    await page.addInitScript(watch);
    await slow(page);
    await page.goto("/empty-page");
    await page.waitForTimeout(700);
    const seen = await page.evaluate(() => structuredClone(window.seen));
    all.push({ lcp: seen.lcp, tbt: blocked(seen.tasks) });
    await context.close();
  }
  return { lcp: middle(all.map((one) => one.lcp)), tbt: middle(all.map((one) => one.tbt)) };
}

async function stateOf(base, who) {
  const { page, context } = await open(browser, base, look);
  await signIn(page, who);
  const state = await context.storageState();
  await context.close();
  return state;
}

const bare = await empty(demo);
const beside = { lcp: `empty page ${Math.round(bare.lcp)} ms`, tbt: `empty page ${Math.round(bare.tbt)} ms` };
function screen(name, got) {
  note(`${name}: LCP`, got.lcp, 1200, "ms", beside.lcp);
  note(`${name}: TBT`, got.tbt, 200, "ms", beside.tbt);
  note(`${name}: CLS`, got.cls, 0.02, "");
  note(`${name}: INP`, got.inp, 100, "ms");
}

screen("sign-in", await load(demo, "/sign-in", {
  ready: (page) => page.getByRole("heading", { name: "Sign in" }).waitFor(),
  async use(page) {
    await page.getByLabel("E-mail").pressSequentially("someone@example.com", { delay: 30 });
    await page.getByLabel("Password").click();
  },
}));

const state = await stateOf(demo, login);
const palettes = [];
screen("Home", await load(demo, "/", {
  state,
  ready: (page) => page.getByRole("heading", { name: "Home", level: 1 }).waitFor({ state: "attached" }).then(() => page.waitForFunction(() => !document.querySelector("[aria-busy=true]"))),
  async use(page) {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.press("Escape");
    for (let turn = 0; turn < 3; turn++) {
      palettes.push(await page.evaluate(() => new Promise((done) => {
        const began = performance.now();
        const look = () => (document.querySelector("[role=combobox]") ? requestAnimationFrame(() => done(performance.now() - began)) : requestAnimationFrame(look));
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true }));
        look();
      })));
      await page.keyboard.press("Escape");
      await page.waitForTimeout(50);
    }
  },
}));
note("palette: time to open", middle(palettes), 100, "ms");

await table();
await browser.close();
console.log("| what | reached | budget | | beside |");
console.log("|---|---|---|---|---|");
for (const line of lines) console.log(line);
process.exit(over && process.env.BENCH_STRICT ? 1 : 0);

/** Measures the table with many rows, on a CPU that is not slowed down. */
async function table() {
  const { page, context } = await open(browser, many, look);
  await page.addInitScript(watch);
  await signIn(page, rows);
  const client = await context.newCDPSession(page);
  const began = Date.now();
  await page.evaluate(() => {
    window.began = performance.now();
    history.pushState(null, "", "/orders");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await page.locator("tbody tr[aria-rowindex='1']").waitFor();
  note("table: first rows", Date.now() - began, 300, "ms");
  const count = Number(await page.getByRole("grid").getAttribute("aria-rowcount"));

  // A short scroll loads the boundaries, as the first step down the list does for a partner.
  const box = page.locator(".rows");
  await box.evaluate((one) => one.scrollTo({ top: 2000 }));
  await page.waitForResponse((answer) => answer.url().includes("/boundaries/"));
  const jumps = [];
  for (let at = 0; at < 40; at++) {
    jumps.push(await box.evaluate((one, part) => new Promise((done) => {
      const began = performance.now();
      one.scrollTo({ top: (one.scrollHeight - one.clientHeight) * part });
      const here = () => {
        const drawn = [...one.querySelectorAll("tbody tr:not(.space)")];
        const ready = drawn.length > 0 && drawn.every((row) => row.getAttribute("aria-busy") !== "true");
        if (ready && performance.now() - began > 20) done(performance.now() - began);
        else requestAnimationFrame(here);
      };
      requestAnimationFrame(() => requestAnimationFrame(here));
    }), ((at * 7919 + 13) % 997) / 997));
  }
  note(`table of ${count.toLocaleString("en")} rows: a jump, p95`, share(jumps, 0.95), 200, "ms", `p50 ${Math.round(middle(jumps))} ms`);

  await page.evaluate(() => { window.seen.tasks.length = 0; });
  await box.evaluate((one) => new Promise((done) => {
    let steps = 0;
    const step = () => {
      one.scrollBy({ top: 120 });
      if (++steps < 300) requestAnimationFrame(step);
      else done();
    };
    step();
  }));
  await page.waitForTimeout(500);
  const tasks = await page.evaluate(() => window.seen.tasks.map((one) => one.took));
  note("table: longest task while scrolling", Math.max(0, ...tasks), 50, "ms");
  note("table: nodes", await page.evaluate(() => document.querySelectorAll("*").length), 3000, "nodes");
  await client.send("HeapProfiler.enable");
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  note("table: heap", usedSize / 1_000_000, 60, "MB");
  await context.close();
}
