import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get } from "../api/client";
import type { components } from "../api/schema";
import { add, decimal, text } from "../lib/decimal";
import { exact } from "../lib/format";
import { day } from "../lib/time";
import { kindName } from "../wallet/kinds";

type Line = components["schemas"]["OrderLine"];
interface Answer { lines: Line[]; client_account: string }

const useLines = (id: string) =>
  useQuery({ queryKey: ["order-lines", id], staleTime: 60_000, queryFn: () => get<Answer>(`/api/v1/orders/${encodeURIComponent(id)}/`) });

/** Shows the ledger lines to which an order's reward belongs. They sum to zero. */
export function WhereTheMoneyIs({ id }: { id: string }) {
  const answer = useLines(id).data;
  if (!answer || answer.lines.length === 0) return null;
  const sum = text(add(...answer.lines.map((line) => decimal(line.amount_usd))));
  const days = [...new Set(answer.lines.map((line) => line.reward_date))];
  return (
    <section>
      <h3><Trans>Where the money is</Trans></h3>
      <div class="calc">
        <table>
          <thead>
            <tr><th scope="col"><Trans>Ledger account</Trans></th><th scope="col" class="num">USD</th><th scope="col"><Trans>Posting</Trans></th></tr>
          </thead>
          <tbody>
            {answer.lines.map((line, at) => (
              <tr key={at}>
                <td>{accountName(line.account)}</td>
                <td class="num">{exact(line.amount_usd, true)}</td>
                <td>{kindName(line.kind)}, {day(line.reward_date, { year: false })}{line.posting && <> · <bdi class="mono" title={line.posting}>{line.posting.slice(0, 8)}</bdi></>}</td>
              </tr>
            ))}
            <tr class="res"><td><Trans>Sum</Trans></td><td class="num">{exact(sum)}</td><td><Trans>every posting balances</Trans></td></tr>
          </tbody>
        </table>
      </div>
      <p class="small muted under">
        <Trans>The wallet’s ledger adds up an account’s day in one line.</Trans>{" "}
        {days.map((one) => (
          <Link key={one} href={`/rewards?account=${answer.client_account}&closed=${one}..${one}`}><Trans>Orders of {{ day: day(one) }}</Trans></Link>
        ))}
      </p>
    </section>
  );
}

function accountName(account: string): string {
  return account === "wallet" ? t`wallet` : t`expense (the programme)`;
}
