import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { CodeStep, useCode } from "../parts/code-step";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";

export type Step = "secure" | "standard" | "remove";

const bodies = { secure: { security_type: "secure" }, standard: { security_type: "standard" } } as const;

/** Changes the channel for codes. A code from the current channel confirms the change. */
export function Change({ step, onClose }: { step: Step; onClose: () => void }) {
  const queries = useQueryClient();
  const code = useCode("CHANGE_SECURITY", step === "remove" ? { action: "delete_totp" } : bodies[step]);
  const change = useMutation({
    mutationFn: async () => {
      const headers = { "X-Temporary-Token": await code.complete() };
      if (step === "remove") await value(api.DELETE("/api/security/totp/", { headers }));
      else await value(api.PATCH("/api/security/", { headers, body: bodies[step] }));
    },
    onSuccess: () => {
      for (const key of ["security", "sessions", "summary"]) void queries.invalidateQueries({ queryKey: [key] });
      say(t`The security settings are changed.`);
      onClose();
    },
  });
  const titles: Record<Step, string> = { secure: t`Switch to the app`, standard: t`Go back to e-mail`, remove: t`Remove the app` };
  const problem = change.isError && asProblem(change.error) !== code.problem ? asProblem(change.error) : undefined;
  return (
    <Sheet title={titles[step]} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (code.ready) change.mutate(); }}>
        <Note>
          {step === "secure" && <Trans>From now on every sign-in and every code needs the app. Other sessions are signed out.</Trans>}
          {step === "standard" && <Trans>Codes come by e-mail again, and signing in needs the password alone.</Trans>}
          {step === "remove" && <Trans>The app and its recovery codes work no more.</Trans>}
        </Note>
        <CodeStep code={code} label={t`Code: ${{ step: titles[step] }}`} />
        {problem && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? problem.message} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={!code.ready || change.isPending}>{titles[step]}</button></div>
      </form>
    </Sheet>
  );
}
