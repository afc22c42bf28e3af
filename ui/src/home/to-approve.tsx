import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { usePendingRebates, useProblem } from "../api/queries";
import { money } from "../lib/format";
import { untilOf } from "../lib/time";
import { Currency } from "../parts/amount";
import { Panel } from "../parts/panel";
import { ProblemNote } from "../parts/states";

/** Shows the rebates that wait for the partner's approval. It shows nothing if there are none. */
export function ToApprove() {
  const rebates = usePendingRebates();
  const problem = useProblem(rebates);
  if (problem && problem.status !== 403) {
    return (
      <Panel title={t`Waiting for your approval`} class="first">
        <ProblemNote problem={problem} what={t`The rebates could not be loaded.`} onAgain={() => void rebates.refetch()} />
      </Panel>
    );
  }
  const { data, totals } = rebates.data ?? {};
  if (!totals || totals.count === 0) return null;
  const clients = totals.clients_count;
  const oldest = data?.[0];
  return (
    <Panel
      title={t`Waiting for your approval`} class="first"
      end={<span class="tag amber">{plural({ count: totals.count }, { one: "# rebate", other: "# rebates" })}</span>}
    >
      <div class="stack gap12">
        <div>
          <bdi><span class="sum">{money(totals.topay_rebate_usd)}</span><Currency /></bdi>{" "}
          <span class="small muted">{plural(clients, { one: "to # client account", other: "to # client accounts" })}</span>
        </div>
        {oldest?.expires && <Oldest title={oldest.group_title ?? ""} expires={oldest.expires} sum={oldest.topay_rebate_usd} />}
        <Link class="btn primary full" href="/rebates"><Trans>Review and approve</Trans></Link>
      </div>
    </Panel>
  );
}

function Oldest({ title, expires, sum }: { title: string; expires: string; sum: number }) {
  const until = untilOf(expires);
  return (
    <p class="ink2">
      <Trans>The oldest, {title}, expires on <strong>{until}</strong>. Its {{ amount: money(sum) }} USD would go back to your wallet.</Trans>
    </p>
  );
}
