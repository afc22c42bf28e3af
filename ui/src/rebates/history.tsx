import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { money, setPercent } from "../lib/format";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { Empty, ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { accountLink, clientLink } from "../reports/cells";
import type { Row } from "../table/cell";
import { ReportScreen, type Chosen } from "../table/screen";
import type { Spec } from "../table/spec";
import { period, statusName, statusTones, useRefresh } from "./data";

export const rebateCells: Spec["cell"] = {
  client_account: accountLink,
  client_uid: clientLink,
  status: (row) => <span class={`tag ${statusTones[String(row.status)] ?? ""}`} title={row.reason ? String(row.reason) : undefined}>{statusName(String(row.status))}</span>,
  rebate_percent: (row) => setPercent(row.rebate_percent as number),
  period_start_date: (row) => period(String(row.period_start_date), String(row.period_end_date)),
};

export const rebateTitles = (): Spec["title"] => ({
  changed: t`Changed`, group_title: t`Group`, period_start_date: t`Period`, rebate_percent: t`Of the reward`, status: t`Status`, topay_rebate_usd: t`Paid, USD`,
  rebate_usd: t`Rebate, USD`, reason: t`Reason`, rebate: t`Rebate`, topay_rebate: t`Paid`, rebate_id: t`Rebate number`, group_id: t`Group number`, payout_id: t`Payout`,
});

/** Lists the rebates of single accounts that were paid or rejected, or that have failed or expired. */
export function History() {
  const [retried, setRetried] = useState<Row[]>();
  const spec: Spec = {
    columns: ["changed", "client_account", "group_title", "period_start_date", "rebate_percent", "status", "reward_usd", "topay_rebate_usd"],
    always: "topay_rebate_usd",
    key: (row) => String(row.id),
    title: rebateTitles(),
    cell: rebateCells,
    phone: (row) => ({ title: `${row.client_account} · ${row.group_title}`, sub: `${statusName(String(row.status))} · ${period(String(row.period_start_date), String(row.period_end_date))}` }),
  };
  const failed = (chosen: Chosen) => (chosen.rows ?? []).filter((row) => row.status === "failed");
  return (
    <>
      <ReportScreen
        report="rebate_history" title={t`History`} inner spec={spec}
        actions={(chosen) => failed(chosen).length > 0 && <button class="btn primary" type="button" onClick={() => setRetried(failed(chosen))}><Trans>Pay the failed again</Trans></button>}
        nothing={<Empty title={t`No rebate was paid yet`}><p><Trans>Rebates appear here once they are paid, rejected or expired.</Trans></p></Empty>}
      />
      {retried && <Retry rows={retried} onClose={() => setRetried(undefined)} />}
    </>
  );
}

function Retry({ rows, onClose }: { rows: Row[]; onClose: () => void }) {
  const refresh = useRefresh();
  const payments = plural({ count: rows.length }, { one: "# failed payment", other: "# failed payments" });
  const retry = useMutation({
    mutationFn: () => {
      const body = { rebate_rows: rows.map((row) => Number(row.id)) };
      return once("retry", body, (key) => value(api.POST("/api/v2/autorebates/payments/retry/", { headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: (done) => {
      refresh();
      say(t`${{ amount: money(done.topay_rebate_usd) }} USD are on their way again.`);
      onClose();
    },
  });
  const problem = retry.isError ? asProblem(retry.error) : undefined;
  return (
    <Sheet title={t`Pay ${payments} again`} narrow onClose={onClose}>
      <Note><Trans>Each is paid as it was approved: the same amount to the same account.</Trans></Note>
      {problem && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`Nothing was paid.`} />}
      <div class="row end"><button class="btn primary" type="button" disabled={retry.isPending} onClick={() => retry.mutate()}><Trans>Pay again</Trans></button></div>
    </Sheet>
  );
}
