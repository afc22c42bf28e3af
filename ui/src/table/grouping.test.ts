import { describe, expect, it } from "vitest";
import type { CatalogueReport } from "../api/queries";
import { read } from "./grammar";
import { groupList, rowsOf, ungroupable } from "./grouping";

const column = (name: string, filters: string[] = [], orderable = true) => ({ name, type: "", nullable: false, shown: true, orderable, filters });
const of = (id: string, columns: CatalogueReport["columns"], first: string): CatalogueReport =>
  ({ id, path: `/${id}/`, title: "", description: "", paged: true, cursors: id === "orders", default_ordering: [first], columns, totals: [] });

const orders = of("orders", [
  column("close_date"), column("client_account", ["client_account"]), column("symbol", ["symbol"]), column("country", ["country"]), column("reward_usd"),
  { ...column("date", ["date", "date_from", "date_to"], false), shown: false },
], "-close_date");
const sums = of("sums", [
  column("reward_date", ["reward_date", "reward_date_from", "reward_date_to"]), column("month"), column("client_account", ["client_account"]), column("country", ["country"]), column("reward_usd"),
], "");

const today = "2026-11-27";
const view = (search: string) => read(search, orders);
const list = (search: string, by: string) => groupList(view(search), orders, sums, by, today).query;
const rows = (group: object, search: string, by: string) => rowsOf({ ...group }, view(search), orders, by, today)?.query;

describe("a grouped table", () => {
  it("has its groups summed up under the same filters", () => {
    expect(list("closed=2026-11-03..&country=TH", "client_account")).toEqual({
      reward_date_from: "2026-11-03", country: "TH", aggregate_by: "client_account", ordering: "-reward_usd",
    });
  });

  it("has the groups in the order of the rows, if groups can have it", () => {
    expect(list("", "reward_date").ordering).toBe("-reward_date");
    expect(list("by=closed", "month").ordering).toBe("month");
    expect(list("by=reward", "reward_date").ordering).toBe("reward_usd");
    expect(list("by=account", "client_account").ordering).toBe("client_account");
    expect(list("by=account", "country").ordering).toBe("-reward_usd");
    expect(list("by=symbol", "country").ordering).toBe("-reward_usd");
  });

  it("lists the rows of a group", () => {
    expect(rows({ country: "VN" }, "closed=month&country=TH,VN&by=symbol", "country")).toEqual({
      date_from: "2026-11-01", date_to: today, country: "VN", ordering: "symbol",
    });
    expect(rows({ reward_date: "2026-11-05" }, "closed=month", "reward_date")).toEqual({ date_from: "2026-11-05", date_to: "2026-11-05" });
    expect(rows({ country: null }, "", "country")).toBeUndefined();
  });

  it("lists only the days of a month that the filter allows", () => {
    expect(rows({ month: "2026-11" }, "closed=2026-10-20..2026-11-05", "month")).toEqual({ date_from: "2026-11-01", date_to: "2026-11-05" });
    expect(rows({ month: "2026-10" }, "closed=2026-10-20..2026-11-05", "month")).toEqual({ date_from: "2026-10-20", date_to: "2026-10-31" });
    expect(rows({ month: "2026-02" }, "", "month")).toEqual({ date_from: "2026-02-01", date_to: "2026-02-28" });
  });

  it("says which filters its sums cannot have", () => {
    expect(ungroupable(view("symbol=XAUUSD&closed=month&country=TH"), orders, sums)).toEqual(["symbol"]);
    expect(ungroupable(view("closed=month"), orders, sums)).toEqual([]);
  });
});
