import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { asProblem } from "../api/problem";
import { money } from "../lib/format";
import { moment, zoneName } from "../lib/time";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { methodName, useWithdrawals } from "./data";

const tones: Record<string, string> = { pending: "amber", paid: "green", failed: "red" };

export function Withdrawals() {
  const list = useWithdrawals();
  const words: Record<string, string> = { pending: t`With the broker`, paid: t`Paid`, failed: t`Failed` };
  if (list.isError && !list.data) return <ProblemNote problem={asProblem(list.error)} what={t`The withdrawals could not be loaded.`} onAgain={() => void list.refetch()} />;
  if (!list.data) return <Skeleton lines={4} height={160} />;
  if (list.data.data.length === 0) {
    return <Empty title={t`No withdrawals yet`}><p><Trans>A withdrawal leaves the wallet at once and waits with the broker until it is paid.</Trans></p></Empty>;
  }
  return (
    <div class="tbl">
      <div class="scroll" tabIndex={0} role="region" aria-label={t`Withdrawals`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Made, {{ zone: zoneName() }}</Trans></th>
              <th scope="col"><Trans>Status</Trans></th>
              <th scope="col" class="h"><Trans>By</Trans></th>
              <th scope="col" class="h"><Trans>To</Trans></th>
              <th scope="col" class="num"><Trans>Amount</Trans></th>
            </tr>
          </thead>
          <tbody>
            {list.data.data.map((one) => (
              <tr key={one.id}>
                <td>{moment(one.created)}</td>
                <td><span class={`tag ${tones[one.status] ?? ""}`}>{words[one.status] ?? one.status}</span>{one.reason && <span class="sub">{one.reason}</span>}</td>
                <td class="h">{methodName(one.method)}</td>
                <td class="h trunc">{one.destination}</td>
                <td class="num">{money(one.amount)} {one.currency}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
