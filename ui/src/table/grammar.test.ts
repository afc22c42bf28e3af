import { describe, expect, it } from "vitest";
import type { CatalogueReport } from "../api/queries";
import { query, read, readFilter, span, write, writeFilter } from "./grammar";

const column = (name: string, filters: string[] = [name], orderable = true, shown = true) =>
  ({ name, type: "string", nullable: false, shown, orderable, filters });

const orders: CatalogueReport = {
  id: "orders", path: "/api/reports/orders/", title: "Orders", description: "", paged: true, cursors: true, default_ordering: ["-close_date"], totals: [],
  columns: [
    column("order_id", [], false), column("client_account"), column("symbol"), column("volume_lots", []), column("reward_usd", []),
    column("close_date", []), column("date", ["date", "date_from", "date_to"], false, false),
  ],
};

describe("the address of a table", () => {
  it("keeps the widths of columns", () => {
    const view = read("?widths=closed:160,order:220", orders);
    expect(view.widths).toEqual(new Map([["close_date", 160], ["order_id", 220]]));
    expect(write(view, orders)).toBe("widths=closed:160,order:220");
    expect(read("?widths=closed:9,colour:100,order:9999,symbol:12.5,reward:200", orders)).toMatchObject({
      widths: new Map([["reward_usd", 200]]), unknown: ["widths=closed:9", "widths=colour:100", "widths=order:9999", "widths=symbol:12.5"],
    });
    expect(write(read("", orders), orders)).toBe("");
  });

  it("parses the example of the design", () => {
    const view = read("?rows=orders&closed=2026-11-01..2026-11-27&symbol=XAUUSD,EURUSD&by=-close_date,symbol&cols=closed,order,lots,reward&sel=MT5Real1:210685732", orders);
    expect(view.filters.get("date")).toEqual({ kind: "range", from: "2026-11-01", to: "2026-11-27" });
    expect(view.filters.get("symbol")).toEqual({ kind: "any", values: ["XAUUSD", "EURUSD"] });
    expect(view.by).toEqual([{ field: "close_date", down: true }, { field: "symbol", down: false }]);
    expect(view.cols).toEqual(["close_date", "order_id", "volume_lots", "reward_usd"]);
    expect(view.sel).toBe("MT5Real1:210685732");
    expect(view.other.get("rows")).toBe("orders");
    expect(view.unknown).toEqual([]);
    expect(query(view, orders, "2026-11-27")).toEqual({
      date_from: "2026-11-01", date_to: "2026-11-27", symbol: "XAUUSD,EURUSD", ordering: "-close_date,symbol",
    });
  });

  it("writes what it reads", () => {
    const search = "rows=orders&closed=2026-11-01..&account=118164258&by=-reward_usd&cols=order,reward&sel=MT5Real1:210685732";
    expect(write(read(search, orders), orders)).toBe(search);
  });

  it("lists the parts that have no meaning", () => {
    const view = read("closed=yesterday&symbol=!XAUUSD&colour=red&by=order_id&cols=price", orders);
    expect(view.unknown).toEqual(["closed=yesterday", "symbol=!XAUUSD", "colour=red", "by=order_id", "cols=price"]);
    expect(view.filters.size).toBe(0);
    expect(view.cols).toBeUndefined();
  });

  it("also accepts the API's names", () => {
    const view = read("client_account=1&date=2026-11-02&by=symbol", orders);
    expect([...view.filters.keys()]).toEqual(["client_account", "date"]);
  });

  it("computes periods that end today", () => {
    for (const [text, from, to] of [
      ["last30", "2026-10-29", "2026-11-27"],
      ["month", "2026-11-01", "2026-11-27"],
      ["2026-02", "2026-02-01", "2026-02-28"],
      ["2026-11-05..", "2026-11-05", undefined],
      ["..2026-11-05", undefined, "2026-11-05"],
      ["2026-11-05", "2026-11-05", "2026-11-05"],
    ]) {
      const filter = readFilter(text!, true)!;
      expect(span(filter, "2026-11-27")).toEqual({ from, to });
    }
    expect(writeFilter(readFilter("last30", true)!)).toBe("last30");
    expect(readFilter("2026-13..x", true)).toBeUndefined();
    expect(readFilter("all", false)).toEqual({ kind: "all" });
  });
});
