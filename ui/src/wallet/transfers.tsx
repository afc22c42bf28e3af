import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { asProblem } from "../api/problem";
import { all, money } from "../lib/format";
import { moment, zoneName } from "../lib/time";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { useTransfers } from "./data";

export function Transfers() {
  const list = useTransfers();
  if (list.isError && !list.data) return <ProblemNote problem={asProblem(list.error)} what={t`The transfers could not be loaded.`} onAgain={() => void list.refetch()} />;
  if (!list.data) return <Skeleton lines={4} height={160} />;
  if (list.data.data.length === 0) return <Empty title={t`No transfers yet`}><p><Trans>Open an account in another currency to move money there at the day’s rate.</Trans></p></Empty>;
  return (
    <div class="tbl">
      <div class="scroll" tabIndex={0} role="region" aria-label={t`Transfers`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Made, {{ zone: zoneName() }}</Trans></th>
              <th scope="col" class="num"><Trans>From</Trans></th>
              <th scope="col" class="num"><Trans>To</Trans></th>
              <th scope="col" class="num h"><Trans>Rates in USD</Trans></th>
            </tr>
          </thead>
          <tbody>
            {list.data.data.map((one) => (
              <tr key={one.id}>
                <td>{moment(one.created)}</td>
                <td class="num">{money(one.amount)} {one.from_currency}</td>
                <td class="num">{money(one.to_amount)} {one.to_currency}</td>
                <td class="num h">{all(one.from_rate)} / {all(one.to_rate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
