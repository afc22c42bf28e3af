import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Empty } from "../parts/states";
import { ReportScreen } from "../table/screen";
import { ExplainDrawer } from "../explain/drawer";
import { ordersSpec } from "./orders-spec";

/** Lists all closed orders of the partner's clients, without a default period. */
export default function Orders() {
  const spec = ordersSpec();
  spec.columns = ["close_date", "order_id", "client_account", "client_uid", "symbol", "open_date", "volume_lots", "volume_mln_usd", "reward_usd"];
  return (
    <ReportScreen
      report="orders" title={t`Orders`} sub={t`every closed order`} spec={spec}
      drawer={(opened) => <ExplainDrawer {...opened} />}
      nothing={<Empty title={t`No closed orders yet`}><p><Trans>An order appears here within a second after a client of yours closes it.</Trans></p></Empty>}
    />
  );
}
