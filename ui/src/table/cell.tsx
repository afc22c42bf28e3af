// Formats the values of a report by their type in the report catalogue.
import { t } from "@lingui/core/macro";
import type { ComponentChildren } from "preact";
import type { CatalogueColumn } from "../api/queries";
import { all, count, exact, lots, money, percent, volume } from "../lib/format";
import { clock, day, moment, dateOf } from "../lib/time";

export type Row = Record<string, unknown>;

/** The way in which a column shows its values. */
export type Kind = "text" | "count" | "money" | "exact" | "lots" | "volume" | "number" | "percent" | "day" | "moment" | "boolean" | "band";

const bands = ["client_balance", "client_equity", "deposit_amount", "ftd_amount"];

const percents = ["roi", "registration_rate", "ftd_rate"];

export function kindOf(column: Pick<CatalogueColumn, "name" | "type">): Kind {
  const { name, type } = column;
  if (bands.includes(name)) return "band";
  if (percents.includes(name)) return "percent";
  if (type === "date") return "day";
  if (type === "datetime") return "moment";
  if (type === "boolean") return "boolean";
  if (type === "integer") return name === "id" || name === "line" ? "number" : "count";
  if (name === "volume_lots") return "lots";
  if (name === "volume_mln_usd") return "volume";
  const places = /^(?:decimal string, |number, up to )(\d+) places$/.exec(type)?.[1];
  if (places === "2") return "money";
  if (places === "6") return "exact";
  return places ? "number" : "text";
}

const numeric: Kind[] = ["count", "money", "exact", "lots", "volume", "number", "percent", "band"];

export const isNumber = (kind: Kind) => numeric.includes(kind);

/** The ranges in which the API returns deposits and balances. */
const edges = ["0", "10", "50", "250", "1000", "5000"];

function band(value: number): string {
  const [from, to] = [edges[value - 1], edges[value]];
  if (value === 0) return count(0);
  if (from === undefined) return String(value);
  return to === undefined ? `> ${count(from)}` : `${count(from)}–${count(to)}`;
}

export function show(value: unknown, kind: Kind): ComponentChildren {
  if (value === null || value === undefined || value === "") return <span class="muted">–</span>;
  const plain = value as string | number;
  switch (kind) {
    case "count":
      return count(plain);
    case "money":
      return money(plain);
    case "exact":
      return exact(plain, true);
    case "lots":
      return lots(plain);
    case "percent":
      return percent(plain);
    case "volume":
      return volume(plain);
    case "number":
      return typeof plain === "number" && Number.isInteger(plain) ? String(plain) : all(plain);
    case "day":
      return day(String(plain), { weekday: true });
    case "moment":
      return <time dateTime={String(plain)} title={moment(String(plain))}>{`${dateOf(String(plain), false)} ${clock(String(plain))}`}</time>;
    case "boolean":
      return value ? t`Yes` : t`No`;
    case "band":
      return band(Number(plain));
    default:
      return String(plain);
  }
}
