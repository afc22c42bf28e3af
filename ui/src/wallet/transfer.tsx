import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { text } from "../lib/decimal";
import { free, money } from "../lib/format";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Choice, Field } from "../parts/field";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { left, typedAmount, wireNumber } from "./amount";
import type { Account } from "./data";

/** Moves money between the partner's own accounts, at the day's rate. */
export function Transfer({ accounts, onClose }: { accounts: Account[]; onClose: () => void }) {
  const [from, setFrom] = useState(accounts[0]!.id);
  const [to, setTo] = useState(accounts[1]!.id);
  const [typed, setTyped] = useState("");
  const queries = useQueryClient();
  const source = accounts.find((one) => one.id === from)!;
  const amount = typedAmount(typed);
  const rest = amount && left(source.balance, amount);
  const make = useMutation({
    mutationFn: () => {
      const body = { from_account: from, to_account: to, amount: wireNumber(amount!) };
      return once("transfer", body, (key) => value(api.POST("/api/wallet/transfers/", { headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: (done) => {
      void queries.invalidateQueries({ queryKey: ["wallet"] });
      void queries.invalidateQueries({ queryKey: ["report", "/api/wallet/transactions/"] });
      say(t`${{ amount: money(done.amount) }} ${{ currency: done.from_currency }} became ${{ received: money(done.to_amount) }} ${{ receivedCurrency: done.to_currency }}.`);
      onClose();
    },
  });
  const problem = make.isError ? asProblem(make.error) : undefined;
  const fault = problem?.of("amount") ?? (amount && rest === undefined ? t`There are ${{ amount: free(source.balance) }} ${{ currency: source.currency }} to use.` : undefined);
  const options = accounts.map((one) => ({ value: one.id, text: `${one.name}, ${free(one.balance)} ${one.currency}` }));
  const sum = amount ? `${money(text(amount))} ${source.currency}` : "";
  return (
    <Sheet title={t`Transfer`} sub={<Trans>Between your own accounts, at the day’s rate.</Trans>} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (amount && rest !== undefined && from !== to) make.mutate(); }}>
        <Choice label={t`From`} value={from} onValue={setFrom} options={options} />
        <Choice label={t`To`} value={to} onValue={setTo} options={options} fault={from === to ? t`Choose another account.` : problem?.of("to_account")} />
        <Field label={t`Amount, ${{ currency: source.currency }}`} inputMode="decimal" value={typed} onValue={setTyped} fault={fault} autoFocus />
        <Note><Trans>A transfer cannot be undone; another one back takes place at that day’s rate. The list of transfers shows both rates.</Trans></Note>
        {problem && problem.faults.length === 0 && (problem.status === 403
          ? <Note tone="red" icon="lock">{problem.message}</Note>
          : <ProblemNote problem={problem} what={t`Nothing was moved.`} />)}
        <div class="row end">
          <button class="btn primary" type="submit" disabled={!amount || rest === undefined || from === to || make.isPending}>
            {sum ? <Trans>Transfer {sum}</Trans> : <Trans>Transfer</Trans>}
          </button>
        </div>
      </form>
    </Sheet>
  );
}
