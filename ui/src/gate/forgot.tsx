import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import { useState } from "react";
import { Link } from "wouter";
import { openApi, value } from "../api/client";
import { Field } from "../parts/field";
import { Gate } from "./gate";
import { GateProblem } from "./gate-problem";
import { useSend } from "./send";

export default function Forgot() {
  const [email, setEmail] = useState("");
  const form = useSend(() => value(openApi.POST("/api/auth/password/reset/", { body: { email: email.trim() } })));
  if (form.done) {
    const who = email.trim();
    return (
      <Gate title={t`Check your mailbox`}>
        <p class="ink2"><Trans>If <strong>{who}</strong> belongs to a partner, a mail with a link is on its way. The link works for one hour.</Trans></p>
        <Link class="btn lg full" href="/sign-in"><Trans>Sign in</Trans></Link>
      </Gate>
    );
  }
  return (
    <Gate title={t`Set a new password`} sub={<Trans>You get a mail with a link to a page where you choose it.</Trans>} onSubmit={() => void form.send()}>
      <Field label={t`E-mail`} type="email" autocomplete="username" value={email} onValue={setEmail} required fault={form.problem?.of("email")} />
      <GateProblem problem={form.problem} fields={["email"]} />
      <button class="btn primary lg full" type="submit" disabled={form.busy}><Trans>Send the mail</Trans></button>
      <div class="row small"><Link href="/sign-in"><Trans>Back to sign-in</Trans></Link></div>
    </Gate>
  );
}
