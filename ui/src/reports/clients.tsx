import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { day } from "../lib/time";
import { countryName } from "../gate/countries";
import { Empty } from "../parts/states";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { CopyYourLink } from "./copy-your-link";

const tones: Record<string, string> = { ACTIVE: "tag green", CHANGING: "tag amber", LEFT: "tag red" };

function statusWord(status: string): string {
  const words: Record<string, () => string> = {
    ACTIVE: () => t`Active`, INACTIVE: () => t`Inactive`, CHANGING: () => t`Changing partner`, LEFT: () => t`Left`,
  };
  return words[status]?.() ?? status;
}

const spec = (): Spec => ({
  columns: ["reg_date", "client_uid", "client_country", "client_status", "kyc_passed", "ftd_received", "ftt_made", "trade_fn", "volume_lots", "rebate_amount_usd", "reward_usd"],
  always: "reward_usd",
  key: (row) => String(row.client_uid),
  open: (row) => `/accounts?client=${String(row.client_uid).slice(0, 8)}`,
  cell: {
    client_uid: (row) => <span class="id" title={String(row.client_uid)}>{String(row.client_uid).slice(0, 8)}</span>,
    client_country: (row) => <span title={countryName(String(row.client_country))}>{String(row.client_country)}</span>,
    client_status: (row) => <span class={tones[String(row.client_status)] ?? "tag"}>{statusWord(String(row.client_status))}</span>,
  },
  phone: (row) => ({
    title: `${String(row.client_uid).slice(0, 8)} · ${row.client_country}`,
    sub: t`${{ status: statusWord(String(row.client_status)) }} · registered ${{ day: day(String(row.reg_date)) }}`,
  }),
});

export default function Clients() {
  return (
    <ReportScreen
      report="clients_v2" title={t`Clients`} sub={t`one row per client`} spec={spec()}
      nothing={
        <Empty title={t`No clients yet`}>
          <p><Trans>A client appears here as soon as it registers by one of your links.</Trans></p>
          <CopyYourLink />
        </Empty>
      }
    />
  );
}
