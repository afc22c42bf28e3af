import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { count, money } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { day, plusDays } from "../lib/time";
import { Columns } from "../home/columns";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { CampaignSheet } from "./campaign-sheet";
import { Costs } from "./costs";
import { campaignsKey, deviceName, useLastDays, numberOf, usePerformance, type Campaign, type Link } from "./data";
import { LinkBuilder } from "./link-builder";
import { Qr } from "./qr";

export function OneCampaign({ campaign }: { campaign: Campaign }) {
  const [edits, setEdits] = useState(false);
  const { campaign_code: code, title, description, archived } = campaign;
  const since = day(campaign.created);
  const queries = useQueryClient();
  const archive = useMutation({
    mutationFn: () => value(api.PATCH("/api/campaigns/{campaign_code}/", { params: { path: { campaign_code: code } }, body: { archived: !archived } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: campaignsKey });
      say(archived ? t`Campaign ${title} is restored.` : t`Campaign ${title} is archived. Its links still work.`);
    },
  });
  return (
    <>
      <div class="page-head keep">
        <h2>{title}</h2>
        <span class="small muted"><Trans>{code} · since {since}</Trans>{description && ` · ${description}`}</span>
        <span class="grow" />
        {!archived && <button class="btn" type="button" onClick={() => setEdits(true)}><Trans>Edit</Trans></button>}
        <button class="btn" type="button" disabled={archive.isPending} onClick={() => archive.mutate()}>{archived ? t`Restore` : t`Archive`}</button>
      </div>
      {archive.isError && <div class="below"><ProblemNote problem={asProblem(archive.error)} what={t`The campaign was not changed.`} /></div>}
      <div class="grid g-11">
        <div class="col">
          {archived
            ? <Panel title={t`Link builder`}><Note icon="lock"><Trans>You cannot add links to an archived campaign. Restore it first.</Trans></Note></Panel>
            : <LinkBuilder campaign={campaign} />}
        </div>
        <div class="col">
          <ClicksByDay code={code} />
          <Links campaign={campaign} />
          <Costs code={code} archived={archived} />
        </div>
      </div>
      {edits && <CampaignSheet campaign={campaign} onClose={() => setEdits(false)} />}
    </>
  );
}

function ClicksByDay({ code }: { code: string }) {
  const days = usePerformance("day", code);
  const [at, setAt] = useState<number>();
  const { from, to } = useLastDays();
  const clicks = new Map(days.data?.data.map((row) => [String(row.day), row.clicks]));
  const all: { date: string; clicks: number }[] = [];
  for (let date = from; date <= to; date = plusDays(date, 1)) all.push({ date, clicks: clicks.get(date) ?? 0 });
  const shown = all[at ?? all.length - 1]!;
  return (
    <Panel title={t`Clicks a day`} end={days.data && <span class="small ink2">{day(shown.date, { weekday: true, year: false })}: <strong>{count(shown.clicks)}</strong></span>}>
      {days.isError && !days.data && <ProblemNote problem={asProblem(days.error)} what={t`The clicks could not be loaded.`} onAgain={() => void days.refetch()} />}
      {days.isPending && <Skeleton lines={4} height={220} />}
      {days.data && (
        <Columns
          at={at} onAt={setAt} label={t`Clicks a day, ${{ from: day(from) }} to ${{ to: day(to) }}`}
          columns={all.map((one) => ({ key: one.date, name: day(one.date, { year: false }), value: one.clicks, part: one.date === to }))}
        />
      )}
    </Panel>
  );
}

function Links({ campaign }: { campaign: Campaign }) {
  const figures = usePerformance("link", campaign.campaign_code);
  const [shown, setShown] = useState<Link>();
  const unknown = figures.isError ? "–" : <span class="sk" />;
  const byLink = new Map(figures.data?.data.map((row) => [Number(row.link), row]));
  if (campaign.links.length === 0) {
    return <Panel title={t`Links`}><p class="ink2"><Trans>No links of its own yet. The campaign’s plain link works: <code class="wrap-any">{{ link: campaign.base_link }}</code></Trans></p></Panel>;
  }
  return (
    <Panel title={t`Links`} flush>
      {figures.isError && <div class="body"><ProblemNote problem={asProblem(figures.error)} what={t`The figures could not be loaded.`} onAgain={() => void figures.refetch()} /></div>}
      <div class="tbl">
        <div class="scroll" tabIndex={0} role="region" aria-label={t`Links with their figures`}>
          <table>
            <thead>
              <tr>
                <th scope="col"><Trans>Link</Trans></th>
                <th scope="col" class="num"><Trans>Clicks</Trans></th>
                <th scope="col" class="num h"><Trans>Registrations</Trans></th>
                <th scope="col" class="num"><Trans>Reward, USD</Trans></th>
                <th scope="col"><span class="vh"><Trans>Actions</Trans></span></th>
              </tr>
            </thead>
            <tbody>
              {campaign.links.map((link) => {
                const row = byLink.get(numberOf(link));
                return (
                  <tr key={link.link}>
                    <td><strong>{deviceName(link)}</strong> <span class="muted">l={numberOf(link)}</span> {link.tags.map((tag) => <span class="tag line scope" key={tag}>{tag}</span>)}</td>
                    <td class="num">{figures.data ? count(row?.clicks ?? 0) : unknown}</td>
                    <td class="num h">{figures.data ? count(row?.registrations ?? 0) : unknown}</td>
                    <td class="num">{figures.data ? money(row?.reward_usd ?? "0") : unknown}</td>
                    <td class="num">
                      <button class="btn icon sm quiet" type="button" aria-label={t`Copy ${{ link: link.link }}`} title={link.link} onClick={() => void copy(link.link)}><Icon name="copy" /></button>
                      <button class="btn sm quiet" type="button" aria-label={t`QR code of ${{ link: link.link }}`} onClick={() => setShown(link)}>QR</button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </div>
      {shown && <Qr link={shown.link} campaign={campaign.campaign_code} onClose={() => setShown(undefined)} />}
    </Panel>
  );
}
