import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { now } from "../lib/now";
import { CodeStep, useCode } from "../parts/code-step";
import { Choice, Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";

const scopes = ["read", "write", "reports", "rebates", "campaigns", "wallet", "clients", "promo", "agents"] as const;
type Scope = (typeof scopes)[number];

/** Creates a key in two steps: the key's permissions, then the code for exactly this key. */
export function NewKey({ onMade, onClose }: { onMade: (made: { name: string; key: string }) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [may, setMay] = useState<Scope[]>(["read"]);
  const [days, setDays] = useState("365");
  const [expires, setExpires] = useState<string>();
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const content = { name: name.trim(), scopes: may };
  const code = useCode("CREATE_API_KEY", sure ? content : undefined);
  const make = useMutation({
    mutationFn: async () => {
      const token = await code.complete();
      const body = { ...content, expires_at: expires };
      return once("api key", body, (key) => value(api.POST("/api/v1/api-keys/", { headers: { "X-Temporary-Token": token, "Idempotency-Key": key }, body })));
    },
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["keys"] });
      onMade(made);
    },
  });
  const problem = make.isError && asProblem(make.error) !== code.problem ? asProblem(make.error) : undefined;
  // The time of expiry is part of the content, so a second try must send the same time.
  const next = () => {
    if (!expires) setExpires(days ? new Date(now() + Number(days) * 86400_000).toISOString() : undefined);
    setSure(true);
  };
  const toggle = (scope: Scope) => setMay(may.includes(scope) ? may.filter((one) => one !== scope) : [...may, scope]);
  const words: Record<Scope, string> = {
    read: t`read everything`, write: t`change everything`, reports: t`reports`, rebates: t`rebates`, campaigns: t`campaigns`, wallet: t`wallet`, clients: t`clients`, promo: t`promo`, agents: t`agents`,
  };
  return (
    <Sheet title={t`New key`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (sure) make.mutate(); else next(); }}>
        {!sure && (
          <>
            <Field label={t`Name`} value={name} onValue={setName} hint={<Trans>The program that uses it.</Trans>} fault={problem?.of("name")} autoFocus />
            <fieldset class="plain">
              <legend class="label"><Trans>It may</Trans></legend>
              <div class="scopes">
                {scopes.map((scope) => (
                  <label class="check" key={scope}><input type="checkbox" checked={may.includes(scope)} onChange={() => toggle(scope)} />{words[scope]}</label>
                ))}
              </div>
            </fieldset>
            <Choice label={t`Expires`} value={days} onValue={(chosen) => { setDays(chosen); setExpires(undefined); }} options={[{ value: "30", text: t`in 30 days` }, { value: "365", text: t`in a year` }, { value: "", text: t`never` }]} />
            <div class="row end"><button class="btn primary" type="submit" disabled={!name.trim() || may.length === 0}><Trans>Continue</Trans></button></div>
          </>
        )}
        {sure && (
          <>
            <CodeStep code={code} label={t`Code for the key “${{ name: content.name }}”`} />
            {problem && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The key was not made.`} />}
            <div class="row between">
              <button class="btn" type="button" onClick={() => setSure(false)}><Trans>Back</Trans></button>
              <button class="btn primary" type="submit" disabled={!code.ready || make.isPending}><Trans>Make the key</Trans></button>
            </div>
          </>
        )}
      </form>
    </Sheet>
  );
}
