import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { count } from "../lib/format";
import { Empty } from "../parts/states";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { statusName } from "./data";
import { rebateCells, rebateTitles } from "./history";

/** Lists the accounts of one rebate, each with its reward and the amount that it gets. */
export function RebateRows({ id }: { id: string }) {
  const spec: Spec = {
    columns: ["client_account", "client_uid", "orders_count", "rebate_percent", "status", "reward_usd", "rebate_usd", "topay_rebate_usd"],
    always: "topay_rebate_usd",
    key: (row) => String(row.id),
    title: { ...rebateTitles(), topay_rebate_usd: t`Pays, USD` },
    cell: rebateCells,
    phone: (row) => ({ title: String(row.client_account), sub: t`${{ status: statusName(String(row.status)) }} · ${{ orders: count(row.orders_count as number) }} orders` }),
  };
  return (
    <>
      <div class="crumbs below"><Link href="/rebates"><Trans>To approve</Trans></Link> › <span><Trans>Rebate {id}</Trans></span></div>
      <ReportScreen
        report="rebate_rows" path={`/api/v2/autorebates/rebates/${encodeURIComponent(id)}/rows/`} title={t`Rebate ${id}`} inner spec={spec}
        nothing={<Empty title={t`This rebate has no rows`} />}
      />
    </>
  );
}
