import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { plusDays } from "../lib/time";
import { useToday } from "../lib/now";
import { Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { pathOf, post, type Hook, type Kind } from "./data";

/** Sends the deliveries that failed since a day again. One request repeats at most 1,000, so it goes on until none is left. */
export function Replay({ kind, hook, onClose }: { kind: Kind; hook: Hook; onClose: () => void }) {
  const today = useToday();
  const [since, setSince] = useState(plusDays(today, -1));
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: async () => {
      let all = 0;
      for (;;) {
        const { count } = await post<{ count: number }>(pathOf(kind, hook.id, "replay"), { since: `${since}T00:00:00Z` });
        all += count;
        if (count === 0) return all;
      }
    },
    onSuccess: (count) => {
      void queries.invalidateQueries({ queryKey: ["hooks", kind, hook.id] });
      say(plural(count, { one: "# delivery is sent again.", other: "# deliveries are sent again." }));
      onClose();
    },
  });
  const problem = replay.isError ? asProblem(replay.error) : undefined;
  return (
    <Sheet title={t`Send failed deliveries again`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (since) replay.mutate(); }}>
        <Field label={t`Failed since, UTC`} type="date" value={since} onValue={setSince} min={plusDays(today, -30)} max={today} fault={problem?.of("since")} hint={<Trans>Messages keep their ids, so your program counts none twice.</Trans>} />
        {problem && !problem.of("since") && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`Nothing was sent.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={!since || replay.isPending}><Trans>Send again</Trans></button></div>
      </form>
    </Sheet>
  );
}
