import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { text } from "../lib/decimal";
import { money } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { useToday } from "../lib/now";
import { day } from "../lib/time";
import { Field } from "../parts/field";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { typedAmount, wireNumber } from "../wallet/amount";

/** Shows what a campaign cost on each day, and lets the partner enter costs. */
export function Costs({ code, archived }: { code: string; archived: boolean }) {
  const costs = useQuery({
    queryKey: ["costs", code],
    queryFn: async () => (await value(api.GET("/api/campaigns/{campaign_code}/costs/", { params: { path: { campaign_code: code }, query: { limit: 1000 } } }))).data,
  });
  return (
    <Panel title={t`Costs`} sub="USD" flush>
      {costs.isError && !costs.data && <div class="body"><ProblemNote problem={asProblem(costs.error)} what={t`The costs could not be loaded.`} onAgain={() => void costs.refetch()} /></div>}
      {costs.isPending && <div class="body"><Skeleton lines={3} height={120} /></div>}
      {!archived && <div class="body"><Add code={code} /></div>}
      {costs.data && costs.data.length > 0 && (
        <div class="scroll-y costs" tabIndex={0} role="region" aria-label={t`Costs by day`}>
          <table>
            <thead><tr><th scope="col"><Trans>Day</Trans></th><th scope="col"><Trans>Comment</Trans></th><th scope="col" class="num"><Trans>Cost, USD</Trans></th></tr></thead>
            <tbody>
              {costs.data.map((cost) => <tr key={cost.day}><td>{day(cost.day, { weekday: true })}</td><td class="trunc">{cost.comment}</td><td class="num">{money(cost.amount_usd)}</td></tr>)}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Add({ code }: { code: string }) {
  const today = useToday();
  const [date, setDate] = useState(today);
  const [typed, setTyped] = useState("");
  const [comment, setComment] = useState("");
  const queries = useQueryClient();
  const amount = typedAmount(typed);
  const put = useMutation({
    // Returns what was sent: the form may already show something else when the answer comes.
    mutationFn: async () => {
      const sent = { date, amount: amount!, typed };
      await value(api.PUT("/api/campaigns/{campaign_code}/costs/", {
        params: { path: { campaign_code: code } }, body: { costs: [{ day: date, amount_usd: wireNumber(sent.amount), comment: comment.trim() || undefined }] },
      }));
      return sent;
    },
    onSuccess: (sent) => {
      for (const key of ["costs", "performance", "campaign-streams", "report"]) void queries.invalidateQueries({ queryKey: [key] });
      say(t`${{ amount: money(text(sent.amount)) }} USD on ${{ day: day(sent.date) }} are saved.`);
      setTyped((now) => (now === sent.typed ? "" : now));
    },
  });
  const problem = put.isError ? asProblem(put.error) : undefined;
  return (
    <form class="cost-form" noValidate onSubmit={(event) => { event.preventDefault(); if (amount && date) put.mutate(); }}>
      <Field label={t`Day`} type="date" value={date} onValue={setDate} max={today} />
      <Field label={t`Cost, USD`} inputMode="decimal" value={typed} onValue={setTyped} fault={typed && !amount ? t`Write an amount with at most two places, such as ${{ example: money("12.5") }}.` : undefined} />
      <Field label={t`Comment`} value={comment} onValue={setComment} />
      <button class="btn" type="submit" disabled={!amount || !date || put.isPending}><Trans>Save the cost</Trans></button>
      {problem && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The cost was not saved.`} />}
    </form>
  );
}
