import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";

/** Opens an account in another currency. */
export function NewAccount({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [currency, setCurrency] = useState("");
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => {
      const body = { account_name: name.trim(), currency: currency.trim().toUpperCase() };
      return once("account", body, (key) => value(api.POST("/api/wallet/accounts/", { headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: (account) => {
      void queries.invalidateQueries({ queryKey: ["wallet"] });
      say(t`Account ${{ name: account.name }} in ${{ currency: account.currency }} is open.`);
      onClose();
    },
  });
  const problem = make.isError ? asProblem(make.error) : undefined;
  const faults = problem && (problem.of("account_name") || problem.of("currency"));
  return (
    <Sheet title={t`New account`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
        <Field label={t`Name`} value={name} onValue={setName} fault={problem?.of("account_name")} autoFocus />
        <Field label={t`Currency`} value={currency} onValue={setCurrency} maxLength={3} hint={<Trans>Three letters, such as EUR. There is one account for each currency.</Trans>} fault={problem?.of("currency")} />
        {problem && !faults && <ProblemNote problem={problem} what={t`The account was not opened.`} />}
        <div class="row end">
          <button class="btn primary" type="submit" disabled={make.isPending || !name.trim() || currency.trim().length !== 3}><Trans>Open the account</Trans></button>
        </div>
      </form>
    </Sheet>
  );
}
