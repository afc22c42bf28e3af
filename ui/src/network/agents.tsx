import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { money, setPercent } from "../lib/format";
import { Opens } from "../parts/amount";
import { Icon } from "../parts/icon";
import { mostRows, ShowMore } from "../parts/show-more";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { Agreement } from "./agreement";
import { Agreements } from "./agreements";
import { reportName, useAgents, type AgentLink } from "./data";
import { Share } from "./share";

type Opened = { what: "agreement" | "history" | "share"; link: AgentLink };

/** The agents with their terms, what they may read and what they earned. */
export function Agents() {
  const [limit, setLimit] = useState(50);
  const [opened, setOpened] = useState<Opened>();
  const agents = useAgents(limit);
  const close = () => setOpened(undefined);
  const list = (agents.data?.data ?? []) as AgentLink[];
  return (
    <>
      {agents.isError && !agents.data && <ProblemNote problem={asProblem(agents.error)} what={t`The agents could not be loaded.`} onAgain={() => void agents.refetch()} />}
      {agents.isPending && <Skeleton lines={5} height={200} />}
      {agents.data && list.length === 0 && (
        <Empty title={t`No agents yet`}><p><Trans>An agent brings clients by a link of its own and gets a share of your reward for them. You need only its e-mail.</Trans></p></Empty>
      )}
      {list.length > 0 && (
        <>
          <p class="ink2 below"><Trans>An agent’s share comes from your reward. New terms need a code; the old ones stay in force for orders that closed before.</Trans></p>
          <div class="tbl">
            <div class="scroll" tabIndex={0} role="region" aria-label={t`Agents`}>
              <table>
                <thead>
                  <tr>
                    <th scope="col"><Trans>Agent</Trans></th>
                    <th scope="col" class="h"><Trans>Link code</Trans></th>
                    <th scope="col" class="num"><Trans>Share</Trans></th>
                    <th scope="col" class="num h"><Trans>Limit, USD</Trans></th>
                    <th scope="col" class="h"><Trans>May read</Trans></th>
                    <th scope="col" class="num h"><Trans>Earned, USD</Trans></th>
                    <th scope="col"><span class="vh"><Trans>Actions</Trans></span></th>
                  </tr>
                </thead>
                <tbody>{list.map((link) => <Line key={link.id} link={link} onOpen={(what) => setOpened({ what, link })} />)}</tbody>
              </table>
            </div>
          </div>
          {agents.data && <ShowMore shown={list.length} of={agents.data.totals.count} busy={agents.isPlaceholderData} onMore={() => setLimit(Math.min(limit + 100, mostRows))} />}
        </>
      )}
      {opened?.what === "agreement" && <Agreement link={opened.link} onClose={close} />}
      {opened?.what === "history" && <Agreements link={opened.link} onClose={close} />}
      {opened?.what === "share" && <Share link={opened.link} onClose={close} />}
    </>
  );
}

function Line({ link, onOpen }: { link: AgentLink; onOpen: (what: Opened["what"]) => void }) {
  const { agreement: terms } = link;
  const name = link.alias || link.email;
  const read = link.shared_reports.map(reportName).join(", ") || t`nothing yet`;
  const earned = money(terms?.earned_usd ?? 0);
  return (
    <tr>
      <td class="two"><strong>{name}</strong><span class="l2">{link.email}</span></td>
      <td class="h code-cell">
        <Opens href={`/rewards?link=${link.link_code}&rows=account-days&closed=all`}>{link.link_code}</Opens>{" "}
        <button class="btn icon sm quiet" type="button" aria-label={t`Copy the link of ${name}`} title={link.referral_link} onClick={() => void copy(link.referral_link)}><Icon name="copy" /></button>
      </td>
      <td class="num">{terms ? setPercent(terms.share_perc) : <span class="muted"><Trans>none</Trans></span>}</td>
      <td class="num h">{terms && terms.cap_amount_usd !== null ? money(terms.cap_amount_usd) : <span class="muted"><Trans>none</Trans></span>}</td>
      <td class="h"><button class="link" type="button" aria-label={t`${read}: change what ${name} may read`} onClick={() => onOpen("share")}>{read}</button></td>
      <td class="num h"><button class="link" type="button" aria-label={t`${earned}: the agreements of ${name}`} onClick={() => onOpen("history")}>{earned}</button></td>
      <td class="num"><button class="btn sm" type="button" aria-label={t`New agreement with ${name}`} onClick={() => onOpen("agreement")}><span class="only-wide"><Trans>New agreement</Trans></span><span class="only-phone"><Trans>New</Trans></span></button></td>
    </tr>
  );
}
