import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { plusDays } from "../lib/time";
import { useToday } from "../lib/now";
import { Field } from "../parts/field";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { pathOf, post, type Hook, type Kind } from "./data";

/** How many deliveries one request sends again at most. */
const batch = 1000;

/** Sends the deliveries that failed since a day again, in as many requests as that takes. */
export function Replay({ kind, hook, onClose }: { kind: Kind; hook: Hook; onClose: () => void }) {
  const today = useToday();
  const [since, setSince] = useState(plusDays(today, -1));
  const [sent, setSent] = useState(0);
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: async () => {
      for (let all = sent; ;) {
        const { count } = await post<{ count: number }>(pathOf(kind, hook.id, "replay"), { since: `${since}T00:00:00Z` });
        all += count;
        setSent(all);
        if (count < batch) return all;
      }
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ["hooks", kind, hook.id] }),
    onSuccess: (count) => {
      say(plural(count, { one: "# delivery is sent again.", other: "# deliveries are sent again." }));
      onClose();
    },
  });
  const part = plural(sent, { one: "# delivery is sent again, but the rest is not. Try again to send the rest.", other: "# deliveries are sent again, but the rest is not. Try again to send the rest." });
  const problem = replay.isError ? asProblem(replay.error) : undefined;
  return (
    <Sheet title={t`Send failed deliveries again`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (since) replay.mutate(); }}>
        <Field label={t`Failed since, UTC`} type="date" value={since} onValue={setSince} min={plusDays(today, -30)} max={today} fault={problem?.of("since")} hint={<Trans>Messages keep their ids, so your program counts none twice.</Trans>} />
        {problem && sent > 0 && <Note tone="amber" icon="warning">{part}</Note>}
        {problem && !problem.of("since") && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`Nothing was sent.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={!since || replay.isPending}><Trans>Send again</Trans></button></div>
      </form>
    </Sheet>
  );
}
