import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { usePendingRebates } from "../api/queries";
import { add, decimal, text } from "../lib/decimal";
import { count, money, partOf } from "../lib/format";
import { dateOf, zoneName } from "../lib/time";
import { now } from "../lib/now";
import { Opens } from "../parts/amount";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { Approve } from "./approve";
import { period, type Rebate } from "./data";
import { Reject } from "./reject";

interface Opened {
  what: "approve" | "reject";
  rebates: Rebate[]; // as they were when the sheet opened
}

/**
 * Shows the rebates that wait for approval, and the sheet over them. The list is loaded
 * again regularly, but an open sheet keeps the rebates with which it was opened.
 */
export function ToApprove() {
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  return (
    <>
      <Waiting onOpen={setOpened} />
      {opened?.what === "approve" && <Approve rebates={opened.rebates} onClose={close} />}
      {opened?.what === "reject" && <Reject rebates={opened.rebates} onClose={close} />}
    </>
  );
}

/** Lets the partner choose rebates, and shows their sum before any action. */
function Waiting({ onOpen }: { onOpen: (opened: Opened) => void }) {
  const pending = usePendingRebates();
  const [left, setLeft] = useState<number[]>([]); // the rebates that are not chosen
  if (pending.isError && !pending.data) return <ProblemNote problem={asProblem(pending.error)} what={t`The rebates could not be loaded.`} onAgain={() => void pending.refetch()} />;
  if (!pending.data) return <Skeleton lines={6} height={260} />;
  const all = pending.data.data as unknown as Rebate[];
  if (all.length === 0) {
    return <Empty title={t`Nothing waits for you`}><p><Trans>When a period of a group that waits for your code closes, its rebate appears here.</Trans></p></Empty>;
  }
  const chosen = all.filter((one) => !left.includes(one.id));
  const sum = money(text(add(...chosen.map((one) => decimal(one.topay_rebate_usd)))));
  const accounts = plural({ count: chosen.reduce((many, one) => many + one.clients_count, 0) }, { one: "# account", other: "# accounts" });
  const rebates = plural({ count: chosen.length }, { one: "# rebate chosen", other: "# rebates chosen" });
  const toggle = (id: number) => setLeft(left.includes(id) ? left.filter((one) => one !== id) : [...left, id]);
  return (
    <>
      <div class="toolbar act">
        <span class="small ink2"><strong>{rebates}</strong> · <Trans>{sum} USD to {accounts}</Trans></span>
        <span class="grow" />
        <button class="btn danger" type="button" disabled={chosen.length === 0} onClick={() => onOpen({ what: "reject", rebates: chosen })}><Trans>Reject</Trans></button>
        <button class="btn primary" type="button" disabled={chosen.length === 0} onClick={() => onOpen({ what: "approve", rebates: chosen })}><Trans>Approve {sum} USD</Trans></button>
      </div>
      <div class="tbl">
        <div class="scroll" tabIndex={0} role="region" aria-label={t`Rebates to approve`}>
          <table>
            <thead>
              <tr>
                <th scope="col" class="w">
                  <input type="checkbox" aria-label={t`Choose all`} checked={left.length === 0} onChange={() => setLeft(left.length === 0 ? all.map((one) => one.id) : [])} />
                </th>
                <th scope="col"><Trans>Group</Trans></th>
                <th scope="col" class="h"><Trans>Period</Trans></th>
                <th scope="col" class="num h"><Trans>Accounts</Trans></th>
                <th scope="col" class="num h"><Trans>Reward, USD</Trans></th>
                <th scope="col" class="num h"><Trans>Of the reward</Trans></th>
                <th scope="col" class="h"><Trans>Expires, {{ zone: zoneName() }}</Trans></th>
                <th scope="col" class="num"><Trans>To pay, USD</Trans></th>
              </tr>
            </thead>
            <tbody>{all.map((one) => <Line key={one.id} rebate={one} chosen={!left.includes(one.id)} onToggle={() => toggle(one.id)} />)}</tbody>
            <tfoot>
              <tr>
                <td class="w" />
                <td>{plural({ count: all.length }, { one: "# rebate", other: "# rebates" })}</td>
                <td class="h" />
                <td class="num h">{count(pending.data.totals.clients_count)}</td>
                <td class="num h">{money(pending.data.totals.reward_usd)}</td>
                <td class="h" />
                <td class="h" />
                <td class="num">{money(pending.data.totals.topay_rebate_usd)}</td>
              </tr>
            </tfoot>
          </table>
        </div>
      </div>
    </>
  );
}

function Line({ rebate, chosen, onToggle }: { rebate: Rebate; chosen: boolean; onToggle: () => void }) {
  const when = period(rebate.period_start_date, rebate.period_end_date);
  const part = rebate.reward_usd > 0 ? partOf(rebate.topay_rebate_usd, rebate.reward_usd) : "–";
  const days = rebate.expires ? Math.floor((Date.parse(rebate.expires) - now()) / 86400_000) : undefined;
  const soon = days !== undefined && days < 7 ? plural(days, { one: "in # day", other: "in # days" }) : undefined;
  return (
    <tr class={chosen ? "sel" : undefined}>
      <td class="w"><input type="checkbox" checked={chosen} onChange={onToggle} aria-label={t`Choose ${{ name: rebate.group_title ?? "" }}, ${when}`} /></td>
      <td><strong>{rebate.group_title}</strong><span class="sub">{when}</span></td>
      <td class="h">{when}</td>
      <td class="num h"><Opens href={`/rebates/one/${rebate.id}`}>{count(rebate.clients_count)}</Opens></td>
      <td class="num h">{money(rebate.reward_usd)}</td>
      <td class="num h">{part}</td>
      <td class="h">{soon && <span class="tag amber">{soon}</span>} {rebate.expires && dateOf(rebate.expires)}</td>
      <td class="num"><Opens href={`/rebates/one/${rebate.id}`}>{money(rebate.topay_rebate_usd)}</Opens></td>
    </tr>
  );
}
