// Measures the CPU time of the main thread that the schema page needs until it shows
// its first tag, and to open one operation. It compares both with the same page on
// the OpenAPI 3.1 document:
//
//   node measure.mjs http://localhost:8080 [--runs 5] [--check]
//
// With --check the exit status is 1 if a ratio of the medians exceeds the limit.
import { parseArgs } from "node:util";
import { withBrowser } from "./browser.mjs";

const limits = { ratio: 0.35 };
const [tag, operation] = ["Reports", "report_clients"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "5" }, check: { type: "boolean", default: false } },
});
const base = positionals[0]?.replace(/\/$/, "");
const runs = Number(values.runs);
if (!base || !(runs > 0)) {
  console.error("usage: node measure.mjs http://HOST:PORT [--runs N] [--check]");
  process.exit(2);
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const seconds = (n) => n.toFixed(2).padStart(6) + " s";

// spent returns the main thread's CPU time in seconds. It does not include the time
// of other programs.
async function spent(cdp) {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return metrics.find((m) => m.name === "TaskDuration").value;
}

// settled waits until the main thread has been idle for a moment.
async function settled(page) {
  await page.evaluate(() => new Promise((done) => requestIdleCallback(() => setTimeout(() => requestIdleCallback(done), 100))));
}

// scrollTo scrolls until an element is visible. The page draws some elements only
// when they come into view.
async function scrollTo(page, what) {
  await page.mouse.move(600, 500);
  for (let i = 0; i < 100 && !(await what.isVisible()); i++) {
    await page.mouse.wheel(0, 400);
    await settled(page);
  }
  await what.scrollIntoViewIfNeeded();
  await settled(page);
}

async function visit(open, format) {
  return open({ viewport: { width: 1280, height: 900 } }, async (page) => {
    if (format) {
      await page.route(/\/api\/schema\/\?format=/, async (route) => {
        await route.fulfill({ response: await route.fetch({ url: `${base}/api/schema/?format=${format}` }) });
      });
    }
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto(`${base}/api/schema/`);
    await page.waitForSelector(".opblock-tag");
    const first = await spent(cdp);
    await settled(page);

    const block = page.locator(`[id="operations-${tag}-${operation}"]`);
    await scrollTo(page, page.locator(`.opblock-tag[data-tag="${tag}"]`));
    if ((await page.locator(`.opblock-tag[data-tag="${tag}"]`).getAttribute("data-is-open")) === "false") {
      await page.locator(`.opblock-tag[data-tag="${tag}"]`).click();
    }
    await scrollTo(page, block);
    const before = await spent(cdp);
    await block.locator(".opblock-summary-control").click();
    await block.locator(".responses-table").waitFor();
    await block.locator(".highlight-code, .model-box").first().waitFor();
    await settled(page);
    return { first, opened: (await spent(cdp)) - before };
  });
}

await withBrowser(async (open) => {
  const page = [], plain = [];
  await visit(open); // the first visit fills caches
  for (let i = 0; i < runs; i++) {
    page.push(await visit(open));
    plain.push(await visit(open, "openapi"));
  }
  let failed = false;
  console.log("CPU time of the main thread, median of", runs, "(smallest to largest)");
  for (const [key, what] of [["first", "to the first tag"], ["opened", "to open an operation"]]) {
    const mine = page.map((r) => r[key]), theirs = plain.map((r) => r[key]);
    const ratio = median(mine) / median(theirs);
    console.log(
      what.padEnd(22), seconds(median(mine)), `(${Math.min(...mine).toFixed(2)} to ${Math.max(...mine).toFixed(2)})`,
      "  with the 3.1 document", seconds(median(theirs)), "  ratio", ratio.toFixed(2), `(at most ${limits.ratio})`,
    );
    failed ||= ratio > limits.ratio;
  }
  if (values.check && failed) {
    console.error("the page needs too much of a browser's time");
    process.exitCode = 1;
  }
});
