import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { free } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { Field } from "../parts/field";
import { ProblemNote } from "../parts/states";
import type { Account } from "./data";

export function Accounts({ accounts }: { accounts: Account[] }) {
  return (
    <div class="tbl">
      <div class="scroll" tabIndex={0} role="region" aria-label={t`Accounts`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Name</Trans></th>
              <th scope="col" class="h"><Trans>Account</Trans></th>
              <th scope="col" class="num"><Trans>Free to use</Trans></th>
              <th scope="col" class="num h"><Trans>Set aside</Trans></th>
            </tr>
          </thead>
          <tbody>
            {accounts.map((account) => (
              <tr key={account.id}>
                <td><Name account={account} /></td>
                <td class="h">{account.id}{account.type === "reward" && <> <span class="tag"><Trans>rewards come here</Trans></span></>}</td>
                <td class="num">{free(account.balance)} {account.currency}</td>
                <td class="num h">{free(account.reserved_rebates_amount)} {account.currency}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Name({ account }: { account: Account }) {
  const [name, setName] = useState<string>();
  const queries = useQueryClient();
  const rename = useMutation({
    mutationFn: (given: string) => value(api.PATCH("/api/wallet/accounts/{id}/", { params: { path: { id: account.id } }, body: { account_name: given } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["wallet"] });
      setName(undefined);
    },
  });
  if (name === undefined) {
    return <>{account.name} <button class="link small" type="button" onClick={() => setName(account.name)} aria-label={t`Rename ${{ name: account.name }}`}><Trans>Rename</Trans></button></>;
  }
  const problem = rename.isError ? asProblem(rename.error) : undefined;
  return (
    <form class="row wrap rename" onSubmit={(event) => { event.preventDefault(); rename.mutate(name.trim()); }}>
      <Field label={t`Name`} value={name} onValue={setName} fault={problem?.of("account_name")} autoFocus />
      <button class="btn sm" type="submit" disabled={rename.isPending || !name.trim()}><Trans>Save</Trans></button>
      <button class="btn sm quiet" type="button" onClick={() => setName(undefined)}><Trans>Cancel</Trans></button>
      {problem && !problem.of("account_name") && <ProblemNote problem={problem} what={t`The name was not changed.`} />}
    </form>
  );
}
