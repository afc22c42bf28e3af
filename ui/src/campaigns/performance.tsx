import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link, useSearch } from "wouter";
import { countryName } from "../gate/countries";
import { count } from "../lib/format";
import { day } from "../lib/time";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { Empty } from "../parts/states";
import type { Row } from "../table/cell";
import type { View } from "../table/grammar";
import { title } from "../table/names";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { useCampaignList } from "./data";

const groups = ["day", "month", "hour", "campaign_code", "link", "tag", "sub_id", "country", "platform"];

const last30 = (view: View) => {
  if (!view.filters.has("day")) view.filters.set("day", { kind: "period", name: "last30" });
};

/** Shows clicks, the clients who came through them, and what these clients earned and cost. */
export default function Performance() {
  const said = new URLSearchParams(useSearch());
  const group = groups.includes(said.get("group") ?? "") ? said.get("group")! : "day";
  const titles = new Map(useCampaignList().data?.map((campaign) => [campaign.campaign_code, campaign.title]));
  const named = (row: Row) => {
    const value = row[group];
    if (value === null || value === undefined || value === "") return group === "campaign_code" ? t`No campaign` : t`none`;
    if (group === "day") return day(String(value), { weekday: true });
    if (group === "campaign_code") return titles.get(String(value)) ?? String(value);
    if (group === "country") return `${countryName(String(value))}, ${value}`;
    return String(value);
  };
  const spec: Spec = {
    columns: [group, "clicks", "unique_clicks", "registrations", "ftd", "active_clients", "volume_lots", "rebate_usd", "cost_usd", "roi", "reward_usd"],
    without: groups.filter((name) => name !== group),
    always: "reward_usd",
    key: (row) => String(row[group]),
    cell: { [group]: named },
    phone: (row) => ({ title: named(row), sub: t`${{ clicks: count(row.clicks as number) }} clicks · ${{ registrations: count(row.registrations as number) }} registrations` }),
  };
  return (
    <ReportScreen
      key={group} report="performance" title={t`Performance`} sub={t`from clicks to reward`} spec={spec} defaults={last30} more={{ group_by: group }}
      tools={() => <Groups group={group} />}
      nothing={<Empty title={t`Nothing happened in these days`}><p><Trans>Share a tracked link: its clicks appear here at once.</Trans></p><Link class="btn" href="/campaigns"><Trans>See campaigns</Trans></Link></Empty>}
    />
  );
}

function Groups({ group }: { group: string }) {
  const said = new URLSearchParams(useSearch());
  const to = (name: string) => {
    const next = new URLSearchParams(said);
    for (const part of ["by", "cols"]) next.delete(part);
    next.set("group", name);
    return `/performance?${next}`;
  };
  const words = t`Group: ${{ group: title(group) }}`;
  return (
    <span data-tool="group">
      <Popover label={words} button={<>{words}<Icon name="down" /></>}>
        {(close) => groups.map((name) => (
          <Link key={name} class="li" href={to(name)} onClick={close} aria-current={name === group ? "true" : undefined}>{title(name)}</Link>
        ))}
      </Popover>
    </span>
  );
}
