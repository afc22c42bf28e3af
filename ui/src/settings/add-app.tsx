import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { copy, save } from "../lib/copy";
import { newKey } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { CodeField } from "../parts/code-field";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote, Skeleton } from "../parts/states";

/** Adds an authenticator app in three steps: scan the QR code, enter a code, and store the recovery codes. */
export function AddApp({ onClose }: { onClose: () => void }) {
  const [code, setCode] = useState("");
  const [idempotency] = useState(newKey);
  const queries = useQueryClient();
  const start = useQuery({
    queryKey: ["totp", idempotency], gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false, meta: { once: true },
    queryFn: () => value(api.POST("/api/security/totp/", { headers: { "Idempotency-Key": idempotency } })),
  });
  const confirm = useMutation({
    mutationFn: () => value(api.POST("/api/security/totp/confirm/", { body: { code } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["security"] }),
    onError: () => setCode(""),
  });
  if (confirm.data) return <RecoveryCodes codes={confirm.data.recovery_codes} onClose={onClose} />;
  const problem = confirm.isError ? asProblem(confirm.error) : undefined;
  const secret = start.data?.secret.replace(/(.{4})(?=.)/g, "$1 ");
  return (
    <Sheet title={t`Add an authenticator app`} onClose={onClose}>
      {start.isPending && <Skeleton lines={5} height={260} />}
      {start.isError && <ProblemNote problem={asProblem(start.error)} what={t`The app could not be added.`} onAgain={() => void start.refetch()} />}
      {start.data && (
        <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (code.length === 6) confirm.mutate(); }}>
          <h3><Trans>1. Scan this with your app</Trans></h3>
          <div class="row qrrow top">
            <span class="qr"><img src={start.data.qr} alt={t`QR code of the key for the app`} width={180} height={180} /></span>
            <div class="grow stack">
              <span class="small muted"><Trans>Or type the key</Trans></span>
              <pre class="codebox">{secret}</pre>
              <span class="small muted"><Trans>SHA-1, 6 digits, 30 seconds. Shown once.</Trans></span>
            </div>
          </div>
          <h3><Trans>2. Prove that it works</Trans></h3>
          <CodeField label={t`Six digits from the app`} value={code} onValue={setCode} fault={problem?.of("code")} />
          {problem && !problem.of("code") && <ProblemNote problem={problem} what={problem.message || t`The app was not confirmed.`} />}
          <Note><Trans>After this you get ten recovery codes. Nothing else changes until you switch to the app.</Trans></Note>
          <div class="row end"><button class="btn primary" type="submit" disabled={code.length !== 6 || confirm.isPending}><Trans>Confirm the app</Trans></button></div>
        </form>
      )}
    </Sheet>
  );
}

function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const text = codes.join("\n");
  return (
    <Sheet title={t`Keep these recovery codes`} onClose={onClose}>
      <Note tone="amber" icon="warning"><Trans>Each works once in place of the app. They are never shown again. Without the app and the codes nobody can sign in.</Trans></Note>
      <pre class="codebox">{text}</pre>
      <div class="row wrap">
        <button class="btn" type="button" onClick={() => void copy(text)}><Icon name="copy" /><Trans>Copy</Trans></button>
        <button class="btn" type="button" onClick={() => save("tributary-recovery-codes.txt", new Blob([`${text}\n`], { type: "text/plain" }))}><Icon name="download" /><Trans>Save as a file</Trans></button>
        <span class="grow" />
        <button class="btn primary" type="button" onClick={onClose}><Trans>I have kept them</Trans></button>
      </div>
    </Sheet>
  );
}
