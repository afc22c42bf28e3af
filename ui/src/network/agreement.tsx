import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { text } from "../lib/decimal";
import { money, setPercent } from "../lib/format";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { typedPercent } from "../lib/percent";
import { CodeStep, useCode } from "../parts/code-step";
import { Field } from "../parts/field";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { typedAmount, wireNumber } from "../wallet/amount";
import { agentsKey, type AgentLink } from "./data";

/** New terms for an agent, in two steps: the terms, then the code for exactly them. */
export function Agreement({ link, onClose }: { link: AgentLink; onClose: () => void }) {
  const [share, setShare] = useState("");
  const [limit, setLimit] = useState("");
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const before = link.agreement;
  const percent = typedPercent(share);
  const cap = limit.trim() ? typedAmount(limit) : undefined;
  const wrongShare = share.trim() && (percent === undefined || percent > 100) ? t`Write a percent up to 100 with at most two places, such as 25.` : undefined;
  const wrongLimit = limit.trim() && !cap ? t`Write an amount with at most two places, such as ${{ example: money("300") }}.` : undefined;
  const ready = percent !== undefined && !wrongShare && !wrongLimit;
  const terms = { share_perc: percent ?? 0, ...(cap ? { cap_amount_usd: wireNumber(cap) } : {}) };
  const code = useCode("SET_AGENT_COMMISSION", sure ? { link_id: link.id, ...terms } : undefined);
  const name = link.alias || link.email;
  const make = useMutation({
    mutationFn: async () => {
      const token = await code.complete();
      const params = { path: { id: link.id } };
      return once(`agreement ${link.id}`, terms, (key) =>
        value(api.POST("/api/v1/referral-agent-links/{id}/agreements/", { params, headers: { "X-Temporary-Token": token, "Idempotency-Key": key }, body: terms })));
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: agentsKey });
      say(t`${name} gets ${{ share: setPercent(terms.share_perc) }} from now on.`);
      onClose();
    },
  });
  const problem = make.isError && asProblem(make.error) !== code.problem ? asProblem(make.error) : undefined;
  return (
    <Sheet title={t`New agreement with ${name}`} sub={sure ? <Trans>Step 2 of 2</Trans> : <Trans>Step 1 of 2</Trans>} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (!sure) { if (ready) setSure(true); } else if (code.ready) make.mutate(); }}>
        {!sure && (
          <>
            <Field
              label={t`Share of your reward, percent`} inputMode="decimal" value={share} onValue={setShare} fault={wrongShare ?? problem?.of("share_perc")} autoFocus
              hint={before && <Trans>Now {{ share: setPercent(before.share_perc) }}.</Trans>}
            />
            <Field label={t`Limit, USD`} inputMode="decimal" value={limit} onValue={setLimit} fault={wrongLimit ?? problem?.of("cap_amount_usd")} hint={<Trans>The most that the agent can earn by this agreement. Empty: no limit.</Trans>} />
            <div class="row end"><button class="btn primary" type="submit" disabled={!ready}><Trans>Continue</Trans></button></div>
          </>
        )}
        {sure && (
          <>
            <dl class="kv">
              <dt><Trans>Agent</Trans></dt><dd class="wrap-any">{link.email}</dd>
              <dt><Trans>Share</Trans></dt><dd class="sum">{setPercent(terms.share_perc)}</dd>
              <dt><Trans>Limit</Trans></dt><dd>{cap ? <>{money(text(cap))} USD</> : <Trans>none</Trans>}</dd>
              <dt><Trans>Instead of</Trans></dt><dd>{before ? setPercent(before.share_perc) : <Trans>no agreement</Trans>}</dd>
            </dl>
            <Note icon="lock"><Trans>It counts for orders that close from now on. What the agent has earned stays, and the agent is told by e-mail.</Trans></Note>
            <CodeStep code={code} label={t`Code for ${{ share: setPercent(terms.share_perc) }} to ${name}`} />
            {problem && (problem.status === 403 ? <Note tone="red" icon="lock">{problem.faults[0]?.message ?? problem.message}</Note>
              : <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`There is no new agreement.`} />)}
            <div class="row between">
              <button class="btn" type="button" onClick={() => setSure(false)}><Trans>Back</Trans></button>
              <button class="btn primary" type="submit" disabled={!code.ready || make.isPending}><Trans>Give {{ share: setPercent(terms.share_perc) }}</Trans></button>
            </div>
          </>
        )}
      </form>
    </Sheet>
  );
}
