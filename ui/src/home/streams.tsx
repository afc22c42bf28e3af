import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { count, money, partOf } from "../lib/format";
import { day } from "../lib/time";
import { useWidth } from "../lib/width";
import { Panel } from "../parts/panel";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { bandsAt, together, type Source } from "./bands";
import { useCampaigns } from "./data";
import { StreamPicture } from "./stream-picture";

export interface Stage {
  name: string;
  total: string;
}

interface Figures {
  clicks: number;
  registrations: number;
  ftd: number;
  active_clients: number;
  reward_usd: string;
}

const measures = ["clicks", "registrations", "ftd", "active_clients", "reward_usd"] as const;

/** Shows the way from click to reward for each campaign in the last 30 days. */
export function FromClickToReward() {
  const [asTable, setAsTable] = useState(false);
  const campaigns = useCampaigns();
  const { data } = campaigns;
  const span = data && `${day(data.from, { year: false })} – ${day(data.to, { year: false })}`;
  const rows = (data?.data ?? []) as unknown as (Figures & { campaign_code: string | null })[];
  const totals = data?.totals as unknown as Figures | undefined;
  return (
    <Panel
      title={t`From click to reward`} sub={span && <Trans>{span} · a band’s height is its share of the stage</Trans>}
      end={rows.length > 0 && <button class="link small" type="button" onClick={() => setAsTable(!asTable)}>{asTable ? t`As a picture` : t`As a table`}</button>}
    >
      {campaigns.isError && !data && <ProblemNote problem={asProblem(campaigns.error)} what={t`The campaigns could not be loaded.`} onAgain={() => void campaigns.refetch()} />}
      {campaigns.isPending && <Skeleton lines={4} height={300} />}
      {data && rows.length === 0 && <Empty title={t`No clicks in these days`}><p><Trans>Share a tracked link: its clicks appear here at once.</Trans></p></Empty>}
      {data && totals && rows.length > 0 && (asTable ? <AsTable rows={rows} titles={data.titles} /> : <Picture rows={rows} totals={totals} titles={data.titles} />)}
    </Panel>
  );
}

const nameOf = (code: string | null, titles: Map<string, string>) => (code ? titles.get(code) ?? code : t`No campaign`);

function Picture({ rows, totals, titles }: { rows: (Figures & { campaign_code: string | null })[]; totals: Figures; titles: Map<string, string> }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const sources: Source[] = together(
    rows.map((row) => ({
      key: row.campaign_code ?? "", name: nameOf(row.campaign_code, titles), values: measures.map((measure) => Number(row[measure] ?? 0)),
    })),
    t`Others`,
  );
  const stages: Stage[] = [
    { name: t`Clicks`, total: count(totals.clicks) },
    { name: t`Registrations`, total: count(totals.registrations) },
    { name: t`First deposits`, total: count(totals.ftd) },
    { name: t`Active clients`, total: count(totals.active_clients) },
    { name: t`Reward, USD`, total: money(totals.reward_usd) },
  ];
  const shares = (stage: number) => bandsAt(sources, stage, 0).map((band) => band.to - band.from);
  const [first, last] = [shares(0), shares(4)];
  const label = sources
    .map((source, at) => t`${{ source: source.name }}: ${{ clicks: partOf(first[at]!.toFixed(4), 1) }} of the clicks, ${{ reward: partOf(last[at]!.toFixed(4), 1) }} of the reward.`)
    .join(" ");
  return (
    <div class="stack gap12" ref={ref}>
      {width > 0 && <StreamPicture sources={sources} stages={stages} width={width} label={label} />}
      <div class="legend">{sources.map((source, at) => <span key={source.key}><i class={`s${at + 1}`} />{source.name}</span>)}</div>
      <p class="ink2"><Trans>Each stage counts what happened in these days. Most active clients registered earlier than that.</Trans></p>
    </div>
  );
}

function AsTable({ rows, titles }: { rows: (Figures & { campaign_code: string | null })[]; titles: Map<string, string> }) {
  return (
    <div class="scroll-y" tabIndex={0} role="region" aria-label={t`From click to reward, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col"><Trans>Campaign</Trans></th>
            <th scope="col" class="num"><Trans>Clicks</Trans></th>
            <th scope="col" class="num"><Trans>Registrations</Trans></th>
            <th scope="col" class="num"><Trans>First deposits</Trans></th>
            <th scope="col" class="num"><Trans>Active clients</Trans></th>
            <th scope="col" class="num"><Trans>Reward, USD</Trans></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.campaign_code ?? ""}>
              <td class="trunc">{nameOf(row.campaign_code, titles)}</td>
              <td class="num">{count(row.clicks)}</td>
              <td class="num">{count(row.registrations)}</td>
              <td class="num">{count(row.ftd)}</td>
              <td class="num">{count(row.active_clients)}</td>
              <td class="num">{money(row.reward_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
