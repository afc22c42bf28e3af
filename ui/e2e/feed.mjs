// Closes orders of the demo's clients, and reads the list that the API has.
import assert from "node:assert/strict";

/** GETs a path of the API with the session of the page. */
export const read = (page, path) =>
  page.evaluate(async (address) => {
    const session = await fetch("/api/page/session/", { method: "POST", headers: { "X-Tributary-Page": "1", "Content-Type": "application/json" }, body: "{}" });
    const { token, expires_at: expires, seconds_left: left } = await session.json();
    const answer = await fetch(address, { headers: { Authorization: `JWT ${token}` } });
    return { ...(await answer.json()), now: Date.parse(expires) - left * 1000 };
  }, path);

/** The number of rows that match the table's filters. */
export async function numberOfRows(page) {
  const said = await page.locator("tfoot").innerText();
  return Number(/Whole filter: ([\d,]+) rows?/.exec(said)[1].replaceAll(",", ""));
}

/** The rows of the list of orders from a number on. */
export const rowsAt = async (page, offset, limit) => (await read(page, `/api/reports/orders/?limit=${limit}&offset=${offset}`)).data;

const first = 900_000_000 + (Date.now() % 90_000_000); // a second run may use the same server
let ticket = first;

/** Returns a broker's feed, which closes one order after another, each a millisecond later than the last. */
export async function feeder(page, base) {
  const { data: [order], now } = await read(page, "/api/reports/orders/?limit=50&outcome=paid&ordering=-reward_usd");
  const server = order.order_id.split(":")[0];
  return {
    order: () => `${server}:${ticket}`,
    async close() {
      ticket++;
      const at = new Date(now + ticket - first).toISOString();
      const fact = {
        id: crypto.randomUUID(), type: "order.closed", at, server, ticket, client_account: order.client_account, symbol: order.symbol, side: "buy", lots: "7.77",
        open_time: new Date(now - 3600_000).toISOString(), close_time: at, open_price: "1.1", close_price: "1.1", open_spread: 8, close_spread: 9, profit: "1",
      };
      const response = await fetch(`${base}/broker/v1/events`, {
        method: "POST", headers: { Authorization: `Bearer ${process.env.PAGE_BROKER_KEY}`, "Content-Type": "application/x-ndjson" }, body: JSON.stringify(fact),
      });
      assert.ok(response.ok, await response.text());
    },
  };
}
