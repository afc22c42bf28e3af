import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { agentsKey, useShared, type AgentLink, type Report } from "./data";

/** Lets the partner choose the reports that the agent may read. They contain only the clients of the agent's link. */
export function Share({ link, onClose }: { link: AgentLink; onClose: () => void }) {
  const shared = useShared(link.id);
  return (
    <Sheet title={t`What ${{ name: link.alias || link.email }} may read`} narrow onClose={onClose}>
      {shared.isPending && <Skeleton lines={3} height={120} />}
      {shared.isError && !shared.data && <ProblemNote problem={asProblem(shared.error)} onAgain={() => void shared.refetch()} />}
      {shared.data && <Form link={link} first={shared.data} onClose={onClose} />}
    </Sheet>
  );
}

function Form({ link, first, onClose }: { link: AgentLink; first: Report[]; onClose: () => void }) {
  const [reports, setReports] = useState(first);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => value(api.PUT("/api/v1/referral-agent-links/{id}/shared-reports/", { params: { path: { id: link.id } }, body: { shared_reports: reports } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: agentsKey });
      say(t`It is saved.`);
      onClose();
    },
  });
  const words: [Report, string][] = [["reward_history", t`Rewards: what its clients traded and what you earned by it`], ["client_report", t`Clients: who registered by its link`]];
  return (
    <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <Note><Trans>The agent sees only the clients of its own link.</Trans></Note>
      {words.map(([report, text]) => (
        <label class="check" key={report}>
          <input type="checkbox" checked={reports.includes(report)} onChange={() => setReports(reports.includes(report) ? reports.filter((one) => one !== report) : [...reports, report])} />{text}
        </label>
      ))}
      {save.isError && <ProblemNote problem={asProblem(save.error)} what={t`It was not saved.`} />}
      <div class="row end"><button class="btn primary" type="submit" disabled={save.isPending}><Trans>Save</Trans></button></div>
    </form>
  );
}
