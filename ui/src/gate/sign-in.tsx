import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import { useState } from "react";
import { Link } from "wouter";
import { Note } from "../parts/note";
import { demoLogin } from "./demo";
import { Gate } from "./gate";
import { CodeStep, PasswordStep, useSignIn } from "./sign-in-steps";

export default function SignIn() {
  const form = useSignIn(demoLogin());
  const [recovery, setRecovery] = useState(false);
  const send = () => void form.submit();

  if (form.asksCode) {
    const ready = recovery ? form.code.trim() !== "" : form.code.length === 6;
    const who = form.login.trim();
    return (
      <Gate
        title={recovery ? t`Enter a recovery code` : t`Enter the code`}
        sub={recovery
          ? <Trans>One of the codes that you kept when you added the app, for <strong>{who}</strong>. Each works once.</Trans>
          : <Trans>Six digits from your authenticator app, for <strong>{who}</strong>.</Trans>}
        onSubmit={send}
      >
        <CodeStep form={form} recovery={recovery} />
        <button class="btn primary lg full" type="submit" disabled={!ready || form.busy || form.wait > 0}><Trans>Continue</Trans></button>
        <div class="row between small">
          <button class="link" type="button" onClick={() => { form.setCode(""); setRecovery(!recovery); }}>
            {recovery ? <Trans>Use the app</Trans> : <Trans>Use a recovery code</Trans>}
          </button>
          <button class="link" type="button" onClick={() => { setRecovery(false); form.back(); }}><Trans>Back</Trans></button>
        </div>
        {!recovery && (
          <Note><Trans>No code? Check that the phone’s clock is set by the network. Codes change every 30 seconds.</Trans></Note>
        )}
      </Gate>
    );
  }
  return (
    <Gate title={t`Sign in`} sub={<Trans>To your partner area.</Trans>} onSubmit={send}>
      <PasswordStep form={form} />
      <button class="btn primary lg full" type="submit" disabled={form.busy || form.wait > 0}><Trans>Sign in</Trans></button>
      <div class="row between small">
        <Link href="/forgot"><Trans>Forgot the password</Trans></Link>
        <Link href="/register"><Trans>Become a partner</Trans></Link>
      </div>
    </Gate>
  );
}
