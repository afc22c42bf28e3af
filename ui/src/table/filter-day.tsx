import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { firstOfMonth } from "../lib/time";
import { useToday } from "../lib/now";
import { Field } from "../parts/field";
import { span, type Filter } from "./grammar";

/** Edits a filter by day: a usual period, or a first and a last day. */
export function DayEditor({ name, filter, onFilter, close }: { name: string; filter?: Filter; onFilter: (filter: Filter) => void; close: () => void }) {
  const now = useToday();
  const said = filter ? span(filter, now) : {};
  const [from, setFrom] = useState(said.from ?? "");
  const [to, setTo] = useState(said.to ?? "");
  const periods: [string, Filter][] = [
    [t`Today`, { kind: "range", from: now, to: now }],
    [t`This month`, { kind: "period", name: "month" }],
    [t`Last month`, { kind: "period", name: firstOfMonth(now, -1).slice(0, 7) }],
    [t`Last 30 days`, { kind: "period", name: "last30" }],
    [t`Last 365 days`, { kind: "period", name: "last365" }],
    [t`All time`, { kind: "all" }],
  ];
  const choose = (chosen: Filter) => {
    onFilter(chosen);
    close();
  };
  return (
    <form
      class="stack gap12 pad"
      onSubmit={(event) => {
        event.preventDefault();
        if (from || to) choose({ kind: "range", from: from || undefined, to: to || undefined });
      }}
    >
      <h3>{name}</h3>
      <div class="periods">
        {periods.map(([words, period]) => <button key={words} type="button" class="btn sm" onClick={() => choose(period)}>{words}</button>)}
      </div>
      <Field label={t`From`} type="date" value={from} onValue={setFrom} max={to || undefined} />
      <Field label={t`To (included)`} type="date" value={to} onValue={setTo} min={from || undefined} />
      <button class="btn" type="submit" disabled={!from && !to}><Trans>Show these days</Trans></button>
    </form>
  );
}
