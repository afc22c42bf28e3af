import "../styles/campaigns.css";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Link, useLocation, useRoute } from "wouter";
import { asProblem } from "../api/problem";
import { count, money, percent } from "../lib/format";
import { day } from "../lib/time";
import { Opens } from "../parts/amount";
import { Icon } from "../parts/icon";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { Fresh } from "../shell/topbar";
import { OneCampaign } from "./campaign";
import { CampaignSheet } from "./campaign-sheet";
import { useLastDays, useCampaignList, usePerformance, type Campaign, type Figures } from "./data";

/**
 * Lists all campaigns with their figures of the last 30 days. The open campaign is
 * below the list.
 */
export default function Campaigns() {
  const campaigns = useCampaignList();
  const [makes, setMakes] = useState(false);
  const [, navigate] = useLocation();
  const [, params] = useRoute("/campaigns/:code");
  const { from, to } = useLastDays();
  const list = campaigns.data ?? [];
  const open = params ? list.find((one) => one.campaign_code === params.code) : list.find((one) => !one.archived) ?? list[0];
  return (
    <>
      <div class="page-head">
        <h1><Trans>Campaigns</Trans></h1>
        <span class="sub">{day(from, { year: false })} – {day(to)}</span>
        <Fresh class="only-phone fx" />
        <span class="grow" />
        <button class="btn primary" type="button" onClick={() => setMakes(true)}><Icon name="plus" /><Trans>New campaign</Trans></button>
      </div>
      {campaigns.isError && !campaigns.data && <ProblemNote problem={asProblem(campaigns.error)} what={t`The campaigns could not be loaded.`} onAgain={() => void campaigns.refetch()} />}
      {campaigns.isPending && <Skeleton lines={5} height={200} />}
      {campaigns.data && list.length === 0 && (
        <Empty title={t`No campaigns yet`}><p><Trans>A campaign groups links that are reported together, with what they cost.</Trans></p></Empty>
      )}
      {list.length > 0 && <List campaigns={list} open={open} />}
      {campaigns.data && params && !open && <Empty title={t`There is no campaign ${{ code: params.code }}`} />}
      {open && <OneCampaign key={open.campaign_code} campaign={open} />}
      {makes && <CampaignSheet onClose={() => setMakes(false)} onSaved={(made) => navigate(`/campaigns/${made.campaign_code}`)} />}
    </>
  );
}

function List({ campaigns, open }: { campaigns: Campaign[]; open?: Campaign }) {
  const performance = usePerformance("campaign_code");
  const figures = new Map(performance.data?.data.map((row) => [row.campaign_code, row]));
  const without = figures.get(null);
  const totals = performance.data?.totals;
  return (
    <div class="tbl below">
      {performance.isError && <div class="pad"><ProblemNote problem={asProblem(performance.error)} what={t`The figures could not be loaded.`} onAgain={() => void performance.refetch()} /></div>}
      <div class="scroll" tabIndex={0} role="region" aria-label={t`Campaigns`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Campaign</Trans></th>
              <th scope="col" class="num"><Trans>Clicks</Trans></th>
              <th scope="col" class="num h"><Trans>Visitors</Trans></th>
              <th scope="col" class="num h"><Trans>Registrations</Trans></th>
              <th scope="col" class="num h"><Trans>First deposits</Trans></th>
              <th scope="col" class="num h"><Trans>Active clients</Trans></th>
              <th scope="col" class="num h"><Trans>Rebates, USD</Trans></th>
              <th scope="col" class="num h"><Trans>Cost, USD</Trans></th>
              <th scope="col" class="num h"><Trans>Return</Trans></th>
              <th scope="col" class="num"><Trans>Reward, USD</Trans></th>
            </tr>
          </thead>
          <tbody>
            {campaigns.map((campaign) => (
              <tr key={campaign.campaign_code} class={campaign === open ? "sel at" : undefined}>
                <td>
                  <Link class="strong" href={`/campaigns/${campaign.campaign_code}`} aria-current={campaign === open ? "true" : undefined}>{campaign.title}</Link>{" "}
                  {campaign.archived && <span class="tag"><Trans>archived</Trans></span>}
                  {campaign.is_blocked && <span class="tag red"><Trans>blocked</Trans></span>}
                </td>
                <Cells failed={performance.isError} figures={performance.data && (figures.get(campaign.campaign_code) ?? none)} to={`/performance?group=day&campaign_code=${campaign.campaign_code}`} />
              </tr>
            ))}
            {without && <tr><td class="muted"><Trans>No campaign</Trans></td><Cells figures={without} to="/performance?group=campaign_code" /></tr>}
          </tbody>
          {totals && <tfoot><tr><td><Trans>All</Trans></td><Cells figures={totals} to="/performance" /></tr></tfoot>}
        </table>
      </div>
    </div>
  );
}

const none: Figures = { clicks: 0, unique_clicks: 0, registrations: 0, ftd: 0, active_clients: 0, reward_usd: "0", rebate_usd: "0", cost_usd: "0", roi: null };

function Cells({ figures, failed = false, to }: { figures?: Figures; failed?: boolean; to: string }) {
  if (!figures) return <td colSpan={9}>{failed ? "–" : <span class="sk" />}</td>;
  const below = figures.roi !== null && figures.roi < 0;
  return (
    <>
      <td class="num">{count(figures.clicks)}</td>
      <td class="num h">{count(figures.unique_clicks)}</td>
      <td class="num h">{count(figures.registrations)}</td>
      <td class="num h">{count(figures.ftd)}</td>
      <td class="num h">{count(figures.active_clients)}</td>
      <td class="num h">{money(figures.rebate_usd)}</td>
      <td class="num h">{money(figures.cost_usd)}</td>
      <td class={below ? "num h neg" : "num h"}>{figures.roi === null ? <span class="muted"><Trans>no cost</Trans></span> : percent(figures.roi)}</td>
      <td class="num"><Opens href={to}>{money(figures.reward_usd)}</Opens></td>
    </>
  );
}
