import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { add, decimal, negated, text } from "../lib/decimal";
import { count, free, money } from "../lib/format";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { CodeStep, useCode } from "../parts/code-step";
import { Currency } from "../parts/amount";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { useWallet } from "../wallet/data";
import { period, useRefresh, type Rebate } from "./data";

/**
 * Shows what an approval would pay, to how many accounts, and what would be left,
 * before a code is requested. The server computes all figures.
 */
export function Approve({ rebates, onClose }: { rebates: Rebate[]; onClose: () => void }) {
  const ids = rebates.map((one) => one.id);
  const body = { rebates: ids, rebate_rows: [] };
  const start = useQuery({
    queryKey: ["approve-start", ids], queryFn: () => value(api.POST("/api/v2/autorebates/approve/start/", { body })), gcTime: 0, staleTime: Infinity,
    refetchOnWindowFocus: false, meta: { once: true },
  });
  const code = useCode("APPROVE_REBATES", start.data?.verification_payload);
  const [refused, setRefused] = useState<"amount" | "code">();
  const refresh = useRefresh();
  const sum = start.data ? money(start.data.topay_rebate_usd) : "";
  const pay = useMutation({
    mutationFn: async () => {
      const token = await code.complete();
      return once("approve", body, (key) => value(api.POST("/api/v2/autorebates/approve/", { headers: { "X-Temporary-Token": token, "Idempotency-Key": key }, body })));
    },
    onSuccess: (done) => {
      refresh();
      say(plural({ count: done.clients_approved_count }, { one: `# payment is on its way to the broker, ${sum} USD.`, other: `# payments are on their way to the broker, ${sum} USD.` }));
      onClose();
    },
    onMutate: () => setRefused(undefined),
    onError: async (error) => {
      // The server refuses a code if the amounts have changed since, or if the code is too old. Starting again
      // requests a new code.
      if (!isOfCode(error)) return;
      const before = start.data;
      const { data: now } = await start.refetch();
      const same = now?.topay_rebate_usd === before?.topay_rebate_usd && now?.clients_approved_count === before?.clients_approved_count;
      setRefused(same ? "code" : "amount");
    },
  });
  const payments = plural({ count: start.data?.clients_approved_count ?? 0 }, { one: "# payment", other: "# payments" });
  const problem = pay.isError && asProblem(pay.error) !== code.problem ? asProblem(pay.error) : undefined;
  return (
    <Sheet
      title={plural({ count: rebates.length }, { one: "Approve # rebate", other: "Approve # rebates" })}
      sub={<Trans>Nothing is paid until the code below is right. After that it cannot be undone.</Trans>} onClose={onClose}
    >
      {start.isPending && <Skeleton lines={6} height={300} />}
      {start.isError && <ProblemNote problem={asProblem(start.error)} what={asProblem(start.error).faults[0]?.message ?? t`The sum could not be asked for.`} onAgain={() => void start.refetch()} />}
      {start.data && (
        <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (code.ready) pay.mutate(); }}>
          {refused === "code" && <Note tone="amber" icon="warning"><Trans>The code was no longer valid, so nothing was paid. The amounts have not changed. A new code is on its way.</Trans></Note>}
          {refused === "amount" && <Note tone="amber" icon="warning"><Trans>Since you looked, an amount has changed: now {sum} USD. Nothing was paid. Check the new sum.</Trans></Note>}
          <Figures sum={sum} accounts={start.data.clients_approved_count} pays={start.data.topay_rebate_usd} />
          {refused !== "amount" && <What rebates={rebates} />}
          <Note icon="lock"><Trans>The code is good for exactly these {payments} and {sum} USD. If one changes before you confirm, nothing is paid and you see the new sum first.</Trans></Note>
          <CodeStep code={code} label={t`Code to pay ${sum} USD`} />
          {problem && !isOfCode(problem) && (problem.status === 403
            ? <Note tone="red" icon="lock">{problem.message}</Note>
            : <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`Nothing was paid.`} />)}
          <div class="row end">
            <button class="btn primary" type="submit" disabled={!code.ready || pay.isPending}><Trans>Pay {sum} USD</Trans></button>
          </div>
        </form>
      )}
    </Sheet>
  );
}

/** Returns true if a request was refused because of its code, and not because of the caller's permissions. */
const isOfCode = (error: unknown) => asProblem(error).has("X-Temporary-Token", "verification_required");

function Figures({ sum, accounts, pays }: { sum: string; accounts: number; pays: number }) {
  const reserved = useWallet().data?.reserved_rebates;
  const rest = reserved === undefined ? undefined : text(add(decimal(reserved), negated(decimal(pays))));
  return (
    <div class="panel stats three">
      <div class="stat"><span class="k"><Trans>You pay</Trans></span><span class="v">{sum}<Currency /></span><span class="d"><Trans>from what is set aside</Trans></span></div>
      <div class="stat s"><span class="k"><Trans>To client accounts</Trans></span><span class="v">{count(accounts)}</span></div>
      {rest !== undefined && reserved !== undefined && (
        <div class="stat s">
          <span class="k"><Trans>Left set aside</Trans></span><span class="v">{free(rest)}<Currency /></span>
          <span class="d"><Trans>of {{ whole: free(reserved) }}</Trans></span>
        </div>
      )}
    </div>
  );
}

export function What({ rebates }: { rebates: Rebate[] }) {
  return (
    <div class="tbl">
      <div class="scroll-y" tabIndex={0} role="region" aria-label={t`What is paid`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Group and period</Trans></th>
              <th scope="col" class="num"><Trans>Accounts</Trans></th>
              <th scope="col" class="num"><Trans>Pays, USD</Trans></th>
            </tr>
          </thead>
          <tbody>
            {rebates.map((one) => (
              <tr key={one.id}>
                <td>{one.group_title}, {period(one.period_start_date, one.period_end_date)}</td>
                <td class="num">{count(one.clients_count)}</td>
                <td class="num">{money(one.topay_rebate_usd)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
