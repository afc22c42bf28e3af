import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { exact } from "../lib/format";
import { clock, dateOf, day } from "../lib/time";
import { Empty } from "../parts/states";
import type { Row } from "../table/cell";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { kindName } from "./kinds";

const tones: Record<string, string> = { reward: "green", override: "green", reversal: "red", correction: "amber", payout_failed: "red" };

/** Shows what a line belongs to. An account-day links to its orders. */
function belongsTo(row: Row) {
  if (row.client_account && row.reward_date) {
    const to = `/rewards?account=${row.client_account}&closed=${row.reward_date}..${row.reward_date}`;
    return <Link href={to} tabIndex={-1}><Trans>account {{ account: String(row.client_account) }}, {{ day: day(String(row.reward_date), { year: false }) }}</Trans></Link>;
  }
  return <span class="muted">{String(row.belongs_to ?? "") || t`several`}</span>;
}

const spec = (): Spec => ({
  columns: ["booked_at", "kind", "belongs_to", "currency", "amount", "balance", "amount_usd"],
  always: "amount",
  key: (row) => `${row.posting}/${row.line}`,
  title: { belongs_to: t`What for` },
  cell: {
    balance: (row) => (row.balance === null ? "" : exact(row.balance as string)),
    kind: (row) => <span class={`tag ${tones[String(row.kind)] ?? ""}`}>{kindName(String(row.kind))}</span>,
    belongs_to: belongsTo,
  },
  phone: (row) => ({
    title: kindName(String(row.kind)),
    sub: `${dateOf(String(row.booked_at), false)} ${clock(String(row.booked_at))} · ${row.currency}`,
  }),
});

/** Lists every line of the wallet with its cause. The lines add up to the balance. */
export function Ledger() {
  return (
    <ReportScreen
      report="transactions" title={t`Ledger`} inner spec={spec()}
      nothing={<Empty title={t`Nothing is booked yet`}><p><Trans>The first line appears with the first reward.</Trans></p></Empty>}
    />
  );
}
