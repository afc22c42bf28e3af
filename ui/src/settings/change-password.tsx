import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useSummary } from "../api/queries";
import { end, signIn } from "../api/session";
import { useMutation } from "../lib/mutation";
import { CodeStep, useCode } from "../parts/code-step";
import { Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";

/** Changes the password. All sessions end; this browser signs in again. */
export function ChangePassword({ onClose }: { onClose: () => void }) {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const summary = useSummary().data;
  const code = useCode("CHANGE_SECURITY", { action: "change_password" });
  const change = useMutation({
    mutationFn: async () => {
      const token = await code.complete();
      await value(api.POST("/api/security/password/", { headers: { "X-Temporary-Token": token }, body: { old_password: old, new_password: next } }));
    },
    onSuccess: () => {
      say(t`The password is changed. You are signed out everywhere else.`);
      onClose();
      // A secure partner needs another code to sign in. If the sign-in fails, the password has still changed, and
      // only the session has ended.
      if (summary?.security_type === "secure") end();
      else signIn(summary?.email ?? "", next).catch(() => end());
    },
  });
  const problem = change.isError && asProblem(change.error) !== code.problem ? asProblem(change.error) : undefined;
  const known = problem && (problem.of("old_password") || problem.of("new_password"));
  return (
    <Sheet title={t`Change the password`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (code.ready) change.mutate(); }}>
        <Field label={t`Password now`} type="password" autocomplete="current-password" value={old} onValue={setOld} fault={problem?.of("old_password")} />
        <Field
          label={t`New password`} type="password" autocomplete="new-password" value={next} onValue={setNext} fault={problem?.of("new_password")}
          hint={<Trans>8 characters or more.</Trans>}
        />
        <CodeStep code={code} label={t`Code to change the password`} />
        {problem && !known && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The password was not changed.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={!code.ready || !old || next.length < 8 || change.isPending}><Trans>Change the password</Trans></button></div>
      </form>
    </Sheet>
  );
}
