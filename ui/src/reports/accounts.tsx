import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { day } from "../lib/time";
import { Empty } from "../parts/states";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { clientLink } from "./cells";
import { CopyYourLink } from "./copy-your-link";

const spec = (): Spec => ({
  columns: ["client_account", "client_account_type", "platform", "client_uid", "client_country", "partner_code", "client_account_created", "client_account_last_trade", "volume_lots", "reward_usd"],
  always: "reward_usd",
  key: (row) => String(row.id),
  open: (row) => `/rewards?account=${row.client_account}&closed=all`,
  cell: {
    client_uid: clientLink,
    client_account: (row) => <span class="id">{String(row.client_account)}</span>,
    platform: (row, shown) => (row.platform ? String(row.platform).toUpperCase() : shown),
  },
  phone: (row) => ({
    title: `${row.client_account} · ${row.client_account_type}`,
    sub: t`client ${{ client: String(row.client_uid) }}, ${{ country: String(row.client_country) }} · opened ${{ day: day(String(row.client_account_created)) }}`,
  }),
});

export default function Accounts() {
  return (
    <ReportScreen
      report="client_accounts" title={t`Accounts`} sub={t`one row per client account`} spec={spec()}
      nothing={
        <Empty title={t`No accounts yet`}>
          <p><Trans>An account appears here as soon as a client of yours opens it.</Trans></p>
          <CopyYourLink />
        </Empty>
      }
    />
  );
}
