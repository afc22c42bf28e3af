import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link, useSearch } from "wouter";
import { day, lastOfMonth, monthName } from "../lib/time";
import { count, lots } from "../lib/format";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { Empty } from "../parts/states";
import { countryName } from "../gate/countries";
import type { Row } from "../table/cell";
import type { View } from "../table/grammar";
import { shortName, title } from "../table/names";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { ExplainDrawer } from "../explain/drawer";
import { accountLink, clientLink } from "./cells";
import { ordersSpec } from "./orders-spec";

type Rows = "orders" | "account-days" | "groups"; // groups: only their sums

const groups = ["reward_date", "month", "client_account", "client_uid", "client_account_type", "country", "link_code"];

/** Lists rewards by order, by account and day, or in groups. */
export default function Rewards() {
  const said = new URLSearchParams(useSearch());
  const rows: Rows = said.get("rows") === "account-days" || said.get("rows") === "groups" ? (said.get("rows") as Rows) : "orders";
  const group = groups.find((name) => shortGroup(name) === said.get("group") || name === said.get("group")) ?? "reward_date";
  const nothing = (
    <Empty title={t`No closed orders yet`}>
      <p><Trans>Rewards appear here within a second after a client of yours closes an order.</Trans></p>
      <Link class="btn" href="/clients"><Trans>See clients</Trans></Link>
    </Empty>
  );
  const grouped = rows !== "groups" && said.has("group") ? { report: "rewards_v2", by: group, title: (row: Row) => groupTitle(group, row) } : undefined;
  const shared = { title: t`Rewards`, nothing, grouped, tools: () => <Tools rows={rows} group={rows === "groups" || grouped ? group : undefined} /> };
  if (rows === "orders") {
    return <ReportScreen key="orders" report="orders" sub={t`one row per closed order`} spec={ordersSpec()} defaults={monthOf("date")} drawer={(opened) => <ExplainDrawer {...opened} />} {...shared} />;
  }
  if (rows === "account-days") {
    return <ReportScreen key="days" report="rewards" sub={t`one row per account and day`} spec={daysSpec()} defaults={monthOf("reward_date")} {...shared} />;
  }
  return (
    <ReportScreen
      key={group} report="rewards_v2" sub={t`summed up`} spec={groupSpec(group)} defaults={monthOf("reward_date")} more={{ aggregate_by: group }} {...shared}
    />
  );
}

/** Shows this month's rewards, unless the address contains other days. */
const monthOf = (column: string) => (view: View) => {
  if (!view.filters.has(column)) view.filters.set(column, { kind: "period", name: "month" });
};

const shortGroup = (name: string) => (name === "reward_date" ? "day" : shortName(name));

/** Returns what the rows of a group have in common, in words. */
function groupTitle(group: string, row: Row): string {
  const value = row[group];
  if (value === null || value === undefined || value === "") return t`unknown`;
  if (group === "reward_date") return day(String(value), { weekday: true });
  if (group === "month") return `${monthName(`${value}-01`)} ${String(value).slice(0, 4)}`;
  if (group === "country") return `${countryName(String(value))}, ${value}`;
  return String(value);
}

/** Lets the partner choose what the rows are, and by what they are grouped. */
function Tools({ rows, group }: { rows: Rows; group?: string }) {
  const said = new URLSearchParams(useSearch());
  const to = (kind: Rows, by?: string) => {
    const next = new URLSearchParams(said);
    for (const part of kind === rows ? ["sel", "group", "open"] : ["by", "cols", "sel", "group", "open"]) next.delete(part);
    next.set("rows", kind);
    if (by) next.set("group", shortGroup(by));
    return `/rewards?${next.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
  };
  const words = group ? t`Group: ${{ group: title(group) }}` : t`Group`;
  const under = rows === "groups" ? "orders" : rows;
  const kinds: [Rows, string][] = [["orders", t`Orders`], ["account-days", t`Account-days`]];
  return (
    <>
      <span class="small muted only-wide"><Trans>Rows as</Trans></span>
      <span class="seg" role="group" aria-label={t`Rows as`}>
        {kinds.map(([kind, name]) => <Link key={kind} href={to(kind, group)} aria-current={rows === kind ? "true" : undefined}>{name}</Link>)}
      </span>
      <span data-tool="group">
        <Popover label={words} button={<>{words}<Icon name="down" /></>}>
          {(close) => (
            <>
              {groups.map((name) => (
                <Link key={name} class="li" href={to(under, name)} onClick={close} aria-current={rows !== "groups" && name === group ? "true" : undefined}>
                  {title(name)}
                </Link>
              ))}
              {group && <Link class="li" href={to("groups", group)} onClick={close} aria-current={rows === "groups" ? "true" : undefined}><Trans>Only the sums</Trans></Link>}
              {group && <Link class="li" href={to(under)} onClick={close}><Trans>No groups</Trans></Link>}
            </>
          )}
        </Popover>
      </span>
    </>
  );
}

function daysSpec(): Spec {
  return {
    columns: ["reward_date", "client_account", "client_account_type", "client_uid", "country", "link_code", "orders_count", "volume_lots", "volume_mln_usd", "reward_usd"],
    always: "reward_usd",
    key: (row) => String(row.reward_order),
    open: (row) => `/rewards?rows=orders&account=${row.client_account}&closed=${row.reward_date}..${row.reward_date}`,
    cell: { client_account: accountLink, client_uid: clientLink },
    phone: (row) => ({
      title: `${row.client_account}`,
      sub: t`${{ day: day(String(row.reward_date), { weekday: true }) }} · ${{ orders: count(row.orders_count as number) }} orders · ${{ lots: lots(row.volume_lots as number) }} lots`,
    }),
  };
}

function groupSpec(group: string): Spec {
  return {
    columns: [group, "orders_count", "clients_count", "volume_lots", "volume_mln_usd", "reward_usd"],
    without: [...groups, "partner_account"].filter((name) => name !== group),
    always: "reward_usd",
    key: (row) => String(row[group]),
    open: (row) => openGroup(group, row),
    cell: { country: (row) => (row.country ? `${countryName(String(row.country))}, ${row.country}` : t`unknown`) },
    phone: (row) => ({
      title: groupTitle(group, row),
      sub: t`${{ orders: count(row.orders_count as number) }} orders · ${{ lots: lots(row.volume_lots as number) }} lots`,
    }),
  };
}

/** Returns the address of the orders that a group sums up. */
function openGroup(group: string, row: Row): string {
  const said = new URLSearchParams(location.search);
  for (const part of ["rows", "group", "open", "by", "cols", "sel"]) said.delete(part);
  const value = String(row[group] ?? "");
  if (group === "reward_date") said.set("closed", `${value}..${value}`);
  else if (group === "month") said.set("closed", `${value}-01..${lastOfMonth(`${value}-01`)}`);
  else said.set(shortName(group), value);
  return `/rewards?rows=orders&${said.toString().replaceAll("%2C", ",")}`;
}
