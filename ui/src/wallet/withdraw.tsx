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
import { CodeStep, useCode } from "../parts/code-step";
import { Choice, Field } from "../parts/field";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { left, typedAmount, wireNumber } from "./amount";
import { methodName, useMethods, type Account } from "./data";

interface Draft {
  account: Account;
  amount: string;
  method: string;
  destination: string;
}

/** Withdraws money in two steps: the amount and its destination, then the code that is valid only for them. */
export function Withdraw({ accounts, onClose }: { accounts: Account[]; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>({ account: accounts[0]!, amount: "", method: "", destination: "" });
  const [sure, setSure] = useState(false);
  return sure
    ? <Confirm draft={draft} onBack={() => setSure(false)} onClose={onClose} />
    : <Fill accounts={accounts} draft={draft} onDraft={setDraft} onNext={() => setSure(true)} onClose={onClose} />;
}

function Fill({ accounts, draft, onDraft, onNext, onClose }: {
  accounts: Account[]; draft: Draft; onDraft: (draft: Draft) => void; onNext: () => void; onClose: () => void;
}) {
  const methods = useMethods();
  const list = methods.data?.data ?? [];
  const method = list.find((one) => one.method === draft.method) ?? list[0];
  const amount = typedAmount(draft.amount);
  const rest = amount && left(draft.account.balance, amount);
  const { currency } = draft.account;
  const tooMuch = amount && rest === undefined ? t`There are ${{ amount: free(draft.account.balance) }} ${currency} to use.` : undefined;
  const wrong = draft.amount && !amount ? t`Write an amount with at most two places, such as ${{ example: money("250") }}.` : undefined;
  const ready = amount && rest !== undefined && method && draft.destination.trim();
  return (
    <Sheet title={t`Withdraw`} sub={<Trans>Step 1 of 2</Trans>} narrow onClose={onClose}>
      {methods.isPending && <Skeleton lines={4} height={160} />}
      {methods.isError && <ProblemNote problem={asProblem(methods.error)} what={t`The ways to withdraw could not be loaded.`} onAgain={() => void methods.refetch()} />}
      {methods.data && list.length === 0 && <Note icon="lock"><Trans>The broker offers no way to withdraw here yet.</Trans></Note>}
      {method && (
        <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (ready) { onDraft({ ...draft, method: method.method }); onNext(); } }}>
          {accounts.length > 1 && (
            <Choice
              label={t`From`} value={draft.account.id} onValue={(id) => onDraft({ ...draft, account: accounts.find((one) => one.id === id) ?? draft.account })}
              options={accounts.map((one) => ({ value: one.id, text: `${one.name}, ${free(one.balance)} ${one.currency}` }))}
            />
          )}
          <Field
            label={t`Amount, ${currency}`} inputMode="decimal" value={draft.amount} onValue={(typed) => onDraft({ ...draft, amount: typed })} autoFocus
            hint={<Trans>{{ amount: free(draft.account.balance) }} {currency} are free to use.</Trans>} fault={tooMuch ?? wrong}
          />
          <Choice
            label={t`By`} value={method.method} onValue={(chosen) => onDraft({ ...draft, method: chosen })}
            options={list.map((one) => ({ value: one.method, text: methodName(one.method) }))}
            hint={<Trans>From {{ min: money(method.min_usd) }} to {{ max: money(method.max_usd) }} USD at once, {{ daily: money(method.daily_usd) }} USD a day.</Trans>}
          />
          <Field label={t`To`} value={draft.destination} onValue={(typed) => onDraft({ ...draft, destination: typed })} hint={<Trans>The account, card or address that gets the money.</Trans>} />
          <div class="row end"><button class="btn primary" type="submit" disabled={!ready}><Trans>Continue</Trans></button></div>
        </form>
      )}
    </Sheet>
  );
}

function Confirm({ draft, onBack, onClose }: { draft: Draft; onBack: () => void; onClose: () => void }) {
  const amount = typedAmount(draft.amount)!;
  const { currency } = draft.account;
  const sum = `${money(text(amount))} ${currency}`;
  const body = { account: draft.account.id, amount: wireNumber(amount), method: draft.method, destination: draft.destination.trim() };
  const code = useCode("WITHDRAW", body);
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: async () => {
      const token = await code.complete();
      return once("withdrawal", body, (key) => value(api.POST("/api/wallet/withdrawals/", { headers: { "X-Temporary-Token": token, "Idempotency-Key": key }, body })));
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["wallet"] });
      void queries.invalidateQueries({ queryKey: ["report", "/api/wallet/transactions/"] });
      say(t`${sum} are with the broker.`);
      onClose();
    },
  });
  const problem = send.isError && asProblem(send.error) !== code.problem ? asProblem(send.error) : undefined;
  return (
    <Sheet title={t`Withdraw ${sum}`} sub={<Trans>Step 2 of 2</Trans>} narrow onClose={onClose}>
      <dl class="kv">
        <dt><Trans>Amount</Trans></dt><dd class="sum">{sum}</dd>
        <dt><Trans>By</Trans></dt><dd>{methodName(draft.method)}</dd>
        <dt><Trans>To</Trans></dt><dd class="wrap-any">{body.destination}</dd>
        <dt><Trans>Free to use now</Trans></dt><dd>{free(draft.account.balance)}</dd>
        <dt><Trans>Free to use after</Trans></dt><dd class="strong">{free(left(draft.account.balance, amount) ?? "0")}</dd>
      </dl>
      <Note icon="lock">
        <Trans>The money leaves the wallet at once and waits with the broker. If the payment fails, it comes back with the reason.</Trans>
      </Note>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (code.ready) send.mutate(); }}>
        <CodeStep code={code} label={t`Code for ${sum} to ${{ destination: body.destination }}`} />
        {problem && (problem.faults[0]
          ? <Note tone="red" icon="warning">{problem.faults.map((fault) => fault.message).join(" ")}</Note>
          : problem.status === 403 ? <Note tone="red" icon="lock">{problem.message}</Note>
          : <ProblemNote problem={problem} what={t`Nothing was withdrawn.`} />)}
        <div class="row between">
          <button class="btn" type="button" onClick={onBack}><Trans>Back</Trans></button>
          <button class="btn primary" type="submit" disabled={!code.ready || send.isPending}><Trans>Withdraw {sum}</Trans></button>
        </div>
      </form>
    </Sheet>
  );
}
