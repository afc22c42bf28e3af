import { Trans } from "@lingui/react/macro";
import { t } from "@lingui/core/macro";
import { plural } from "@lingui/core/macro";
import { useState } from "react";
import { asProblem, type Problem } from "../api/problem";
import { signIn } from "../api/session";
import { CodeField } from "../parts/code-field";
import { Field } from "../parts/field";
import { Note } from "../parts/note";
import { useSecondsTo } from "./wait";

/** The state that the steps of signing in share: the form's values and the last error. */
export function useSignIn(first: { login: string; password: string }) {
  const [login, setLogin] = useState(first.login);
  const [password, setPassword] = useState(first.password);
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [until, setUntil] = useState(0);
  const wait = useSecondsTo(until);

  async function submit() {
    if (busy || wait > 0) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(login.trim(), password, asksCode ? code : undefined);
    } catch (error) {
      const said = asProblem(error);
      if (said.has("code", "verification_required")) setAsksCode(true);
      else setProblem(said);
      if (said.status === 429) setUntil(Date.now() + (said.retryAfter ?? 5) * 1000);
      if (said.of("code")) setCode("");
    } finally {
      setBusy(false);
    }
  }
  function back() {
    setAsksCode(false);
    setCode("");
    setProblem(undefined);
  }
  return { login, setLogin, password, setPassword, code, setCode, asksCode, back, busy, problem, wait, submit };
}

export type SignIn = ReturnType<typeof useSignIn>;

/** This message is about both fields, because it must not reveal which of them is wrong. */
const wrongPair = () =>
  t`The e-mail or the password is wrong. After five wrong tries you must wait a little before the next. You are never locked out.`;

/** Shows an error that does not belong to one field. */
export function Trouble({ form }: { form: SignIn }) {
  const { problem, wait } = form;
  if (wait > 0) {
    const waits = plural(wait, { one: "Try again in # second.", other: "Try again in # seconds." });
    return <Note tone="amber" alert><Trans><strong>Too many tries.</strong> {waits} You are not locked out.</Trans></Note>;
  }
  if (!problem || problem.status === 401 || problem.status === 400 || problem.status === 429) return null;
  if (problem.offline) return <Note tone="amber" icon="offline" alert><Trans>The server cannot be reached. Check your connection, then try again.</Trans></Note>;
  if (problem.status === 403) return <Note tone="red" icon="lock">{problem.message}</Note>;
  const status = problem.status;
  return <Note tone="red" icon="warning"><Trans>You could not be signed in. The server returned the error {status}.</Trans></Note>;
}

export function PasswordStep({ form, fixedLogin = false }: { form: SignIn; fixedLogin?: boolean }) {
  const wrong = form.problem?.status === 401 ? wrongPair() : undefined;
  return (
    <>
      {!fixedLogin && (
        <Field
          label={t`E-mail`} type="email" autocomplete="username" value={form.login} onValue={form.setLogin} required
          fault={form.problem?.of("login")} aria-invalid={wrong ? true : undefined}
        />
      )}
      <Field
        label={t`Password`} type="password" autocomplete="current-password" value={form.password} onValue={form.setPassword} required
        fault={wrong ?? form.problem?.of("password")}
      />
      <Trouble form={form} />
    </>
  );
}

export function CodeStep({ form, recovery }: { form: SignIn; recovery: boolean }) {
  const fault = form.problem?.of("code");
  return (
    <>
      {recovery ? (
        <Field label={t`Recovery code`} value={form.code} onValue={form.setCode} fault={fault} autocomplete="one-time-code" maxLength={64} autoFocus />
      ) : (
        <CodeField label={t`Six-digit code`} value={form.code} onValue={form.setCode} fault={fault} focused />
      )}
      <Trouble form={form} />
    </>
  );
}
