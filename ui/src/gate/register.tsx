import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { openApi, value } from "../api/client";
import { untilOf } from "../lib/time";
import { Choice, Field } from "../parts/field";
import { Note } from "../parts/note";
import { countries } from "./countries";
import { Gate } from "./gate";
import { GateProblem } from "./gate-problem";
import { useSend } from "./send";

type Programme = "ib" | "affiliate";

export default function Register() {
  const [email, setEmail] = useState("");
  const [country, setCountry] = useState("");
  const [programme, setProgramme] = useState<Programme>("ib");
  const places = useMemo(() => [{ value: "", text: t`Choose a country` }, ...countries()], []);
  const form = useSend(() => value(openApi.POST("/api/registration/", { body: { email: email.trim(), country, programme } })));

  if (form.problem?.status === 403) {
    return (
      <Gate title={t`Become a partner`}>
        <Note icon="lock"><Trans>Registration is closed here. Ask the broker to register you as a partner.</Trans></Note>
        <Link class="btn lg full" href="/sign-in"><Trans>Sign in</Trans></Link>
      </Gate>
    );
  }
  if (form.done) {
    const who = form.done.email;
    const until = untilOf(form.done.expires_at);
    return (
      <Gate title={t`Check your mailbox`}>
        <p class="ink2"><Trans>A mail with a link is on its way to <strong>{who}</strong>. The link opens your partner area and lets you choose a password. It works until {until}.</Trans></p>
        <p class="small muted"><Trans>No mail? Check your spam folder, or register again. Only the newest link works.</Trans></p>
        <Link class="btn lg full" href="/sign-in"><Trans>Sign in</Trans></Link>
      </Gate>
    );
  }
  return (
    <Gate title={t`Become a partner`} sub={<Trans>You bring clients and earn from their orders.</Trans>} onSubmit={() => void form.send()}>
      <Field label={t`E-mail`} type="email" autocomplete="email" value={email} onValue={setEmail} required fault={form.problem?.of("email")}
        hint={<Trans>You get a link there, and sign in with it.</Trans>} />
      <Choice label={t`Country`} autocomplete="country" value={country} onValue={setCountry} options={places} fault={form.problem?.of("country")} />
      <fieldset class="plain">
        <legend class="label"><Trans>Programme</Trans></legend>
        <div class="stack">
          <label class="check">
            <input type="radio" name="programme" checked={programme === "ib"} onChange={() => setProgramme("ib")} />
            <Trans>Introducing broker: you look after your clients</Trans>
          </label>
          <label class="check">
            <input type="radio" name="programme" checked={programme === "affiliate"} onChange={() => setProgramme("affiliate")} />
            <Trans>Affiliate: you send visitors by links</Trans>
          </label>
        </div>
      </fieldset>
      <GateProblem problem={form.problem} fields={["email", "country"]} />
      <button class="btn primary lg full" type="submit" disabled={form.busy}><Trans>Send me the link</Trans></button>
      <div class="row small"><Link href="/sign-in"><Trans>I am a partner already</Trans></Link></div>
    </Gate>
  );
}
