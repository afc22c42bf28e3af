import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useRef, useState } from "react";
import { askAgain, useSummary } from "../api/queries";
import { endedAt, session, signOut, taken } from "../api/session";
import { CodeStep, PasswordStep, useSignIn } from "../gate/sign-in-steps";
import { useStore } from "../lib/store";
import { clock, zoneName } from "../lib/time";
import { Note } from "../parts/note";

/**
 * Asks the partner to sign in again when the session has ended. It covers the
 * page, so that the partner's input is not lost.
 */
export function Ended() {
  const ended = useStore(session) === "ended";
  return ended ? <Again /> : null;
}

function Again() {
  const email = useSummary().data?.email ?? "";
  const form = useSignIn({ login: email, password: "" });
  const [recovery, setRecovery] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const at = endedAt ? `${clock(endedAt, false)} ${zoneName()}` : "";
  useEffect(() => {
    dialog.current?.showModal();
    return askAgain;
  }, []);
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="ended" onCancel={(event) => event.preventDefault()}>
      <div class="dh"><h2 id="ended"><Trans>Sign in again</Trans></h2></div>
      <form class="scroll" noValidate onSubmit={(event) => { event.preventDefault(); void form.submit(); }}>
        <Note tone="amber" icon="lock">
          {taken
            ? <Trans><strong>Another partner has signed in with this browser at {at}.</strong> What you typed is kept. Nothing was sent. If you sign in here, the other session ends in this browser.</Trans>
            : <Trans><strong>Your session ended at {at}.</strong> What you typed is kept. Nothing was sent.</Trans>}
        </Note>
        {form.asksCode ? <CodeStep form={form} recovery={recovery} /> : <PasswordStep form={form} fixedLogin={email !== ""} />}
        {form.asksCode && (
          <button class="link small" type="button" onClick={() => { form.setCode(""); setRecovery(!recovery); }}>
            {recovery ? <Trans>Use the app</Trans> : <Trans>Use a recovery code</Trans>}
          </button>
        )}
        <div class="row">
          <button class="btn primary" type="submit" disabled={form.busy || form.wait > 0}><Trans>Sign in and go on</Trans></button>
          <button class="btn quiet" type="button" onClick={() => void signOut().catch(() => session.set("none"))}>{t`Sign out`}</button>
        </div>
      </form>
    </dialog>
  );
}
