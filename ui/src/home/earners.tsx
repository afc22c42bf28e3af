import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { asProblem } from "../api/problem";
import { decimal, share } from "../lib/decimal";
import { count, lots, money, partOf } from "../lib/format";
import { firstOfMonth, monthName } from "../lib/time";
import { useToday } from "../lib/now";
import { Opens } from "../parts/amount";
import { Panel } from "../parts/panel";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { useTopAccounts } from "./data";

interface Row {
  client_account: string;
  orders_count: number;
  volume_lots: number;
  reward_usd: string;
}

/** Lists the client accounts that earned most this month. */
export function Earners() {
  const accounts = useTopAccounts();
  const now = useToday();
  const from = `${firstOfMonth(now)}..${now}`;
  const many = accounts.data?.totals.count ?? 0;
  const rows = (accounts.data?.data ?? []) as unknown as Row[];
  const sum = accounts.data?.totals.reward_usd ?? "0";
  const month = monthName(now);
  return (
    <Panel
      title={t`Who earns it`} sub={<Trans>{month}, client accounts</Trans>} flush
      end={many > rows.length && <Link class="small" href={`/rewards?rows=groups&group=account&closed=${from}`}><Trans>All {{ count: count(many) }}</Trans></Link>}
    >
      {accounts.isError && !accounts.data && (
        <div class="body"><ProblemNote problem={asProblem(accounts.error)} what={t`The accounts could not be loaded.`} onAgain={() => void accounts.refetch()} /></div>
      )}
      {accounts.isPending && <div class="body"><Skeleton lines={5} height={180} /></div>}
      {accounts.data && rows.length === 0 && (
        <Empty title={t`No closed orders this month`}><p><Trans>Rewards appear here within a second after a client of yours closes an order.</Trans></p></Empty>
      )}
      {rows.length > 0 && <Table rows={rows} sum={sum} from={from} />}
    </Panel>
  );
}

function Table({ rows, sum, from }: { rows: Row[]; sum: string; from: string }) {
  const whole = decimal(sum);
  const most = Math.max(...rows.map((row) => share(decimal(row.reward_usd), whole)));
  return (
    <div class="tbl">
      <table>
        <thead>
          <tr>
            <th scope="col"><Trans>Client account</Trans></th>
            <th scope="col" class="num h"><Trans>Orders</Trans></th>
            <th scope="col" class="num h"><Trans>Lots</Trans></th>
            <th scope="col"><Trans>Share</Trans></th>
            <th scope="col" class="num"><Trans>Reward, USD</Trans></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const part = share(decimal(row.reward_usd), whole);
            return (
              <tr key={row.client_account}>
                <td><Link href={`/accounts?account=${row.client_account}`}>{row.client_account}</Link></td>
                <td class="num h">{count(row.orders_count)}</td>
                <td class="num h">{lots(row.volume_lots)}</td>
                <td>
                  <span class="bar only-wide" style={{ inlineSize: `${most > 0 ? Math.max(0, part / most) * 9 : 0}rem` }} />{" "}
                  <span class="small muted">{partOf(row.reward_usd, sum)}</span>
                </td>
                <td class="num"><Opens href={`/rewards?account=${row.client_account}&closed=${from}`}>{money(row.reward_usd)}</Opens></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
