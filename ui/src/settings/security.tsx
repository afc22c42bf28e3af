import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { Note } from "../parts/note";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { AddApp } from "./add-app";
import { Change, type Step } from "./change-security";
import { ChangePassword } from "./change-password";

export const securityKey = ["security"];

/** Shows the channel for codes, and the password. */
export function Security() {
  const security = useQuery({ queryKey: securityKey, queryFn: () => value(api.GET("/api/security/")) });
  const [adds, setAdds] = useState(false);
  const [step, setStep] = useState<Step>();
  const [password, setPassword] = useState(false);
  if (security.isError && !security.data) return <ProblemNote problem={asProblem(security.error)} what={t`The security settings could not be loaded.`} onAgain={() => void security.refetch()} />;
  if (!security.data) return <Skeleton lines={6} height={280} />;
  const { security_type: type, totp_confirmed: app, recovery_codes_left: left } = security.data;
  const secure = type === "secure";
  const codes = plural(left, { one: "# recovery code is left.", other: "# recovery codes are left." });
  return (
    <div class="grid g-11">
      <Panel title={t`Where codes come from`} end={<span class={secure ? "tag green" : "tag amber"}>{secure ? t`App, secure` : t`E-mail, standard`}</span>}>
        <div class="stack gap16">
          <p class="ink2">
            {secure
              ? <Trans>Payments, agreements and changes here need a code of your authenticator app, and so does every sign-in. {codes}</Trans>
              : <Trans>Payments, agreements and changes here need a code. It comes by e-mail now; an authenticator app is safer and is asked at every sign-in, too.</Trans>}
          </p>
          {!app && <div class="row"><button class="btn primary" type="button" onClick={() => setAdds(true)}><Trans>Add an authenticator app</Trans></button></div>}
          {app && !secure && (
            <>
              <Note tone="river"><Trans>Your app is confirmed. {codes} Codes still come by e-mail until you switch.</Trans></Note>
              <Note tone="amber" icon="warning"><Trans>Programs that sign in with your password alone stop working then. Give each an API key first.</Trans></Note>
              <div class="row wrap">
                <button class="btn primary" type="button" onClick={() => setStep("secure")}><Trans>Switch to the app</Trans></button>
                <button class="btn" type="button" onClick={() => setStep("remove")}><Trans>Remove the app</Trans></button>
              </div>
            </>
          )}
          {secure && <div class="row"><button class="btn" type="button" onClick={() => setStep("standard")}><Trans>Go back to e-mail</Trans></button></div>}
        </div>
      </Panel>
      <Panel title={t`Password`}>
        <div class="stack gap16">
          <p class="ink2"><Trans>A new password signs you out everywhere else.</Trans></p>
          <div class="row"><button class="btn" type="button" onClick={() => setPassword(true)}><Trans>Change the password</Trans></button></div>
        </div>
      </Panel>
      {adds && <AddApp onClose={() => setAdds(false)} />}
      {step && <Change step={step} onClose={() => setStep(undefined)} />}
      {password && <ChangePassword onClose={() => setPassword(false)} />}
    </div>
  );
}
