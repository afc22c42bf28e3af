// Requests a code for one operation, lets the partner type it, and exchanges it
// for the token that the operation needs.
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { api, value } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import { useSummary } from "../api/queries";
import { now } from "../lib/now";
import { clock, zoneName } from "../lib/time";
import { CodeField } from "./code-field";
import { Field } from "./field";
import { Note } from "./note";
import { ProblemNote } from "./states";

export type Operation = "APPROVE_REBATES" | "SET_AGENT_COMMISSION" | "WITHDRAW" | "CHANGE_SECURITY" | "CREATE_API_KEY" | "CREATE_WEBHOOK";

interface Asked {
  verification_uid: string;
  channel: "email" | "totp";
  expires_at: string;
  at: number;
}

/** The state of a code. If the operation fails, its token can be used for a second try. */
export function useCode(operation: Operation, payload: object | undefined) {
  const [asked, setAsked] = useState<Asked>();
  const [code, setCode] = useState("");
  const [token, setToken] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const content = JSON.stringify(payload);

  async function ask() {
    setProblem(undefined);
    setToken(undefined);
    setCode("");
    try {
      const answer = await value(api.POST("/api/v1/verification/operations/", { body: { operation_type: operation, payload: payload as never } }));
      setAsked({ ...answer, at: now() });
    } catch (error) {
      setProblem(asProblem(error));
    }
  }
  useEffect(() => {
    setAsked(undefined);
    if (payload) void ask();
  }, [operation, content]);

  /** Exchanges the code for a token. It throws the server's error. */
  async function complete(): Promise<string> {
    if (token) return token;
    setProblem(undefined);
    try {
      const answer = await value(
        api.POST("/api/v1/verification/operations/{verification_uid}/complete/", {
          params: { path: { verification_uid: asked?.verification_uid ?? "" } }, body: { code },
        }),
      );
      setToken(answer.verification_token);
      return answer.verification_token;
    } catch (error) {
      const said = asProblem(error);
      setProblem(said);
      setCode("");
      throw said;
    }
  }
  return { asked, code, setCode, problem, ask, complete, ready: token !== undefined || code.length >= 6 };
}

export type Code = ReturnType<typeof useCode>;

/** Shows the six boxes, and says where the code comes from. label says what the code is for. */
export function CodeStep({ code, label }: { code: Code; label: string }) {
  const [recovery, setRecovery] = useState(false);
  const { asked, problem } = code;
  const email = useSummary().data?.email;
  if (!asked) {
    if (!problem) return <p class="muted" role="status"><Trans>Requesting a code.</Trans></p>;
    if (problem.status === 429) return <Note tone="amber"><Trans>You have requested too many codes. Try again in {{ seconds: problem.retryAfter ?? 600 }} s.</Trans></Note>;
    if (problem.status === 400 || problem.status === 403) return <Note tone="red" icon="warning">{problem.faults[0]?.message ?? problem.message}</Note>;
    return <ProblemNote problem={problem} what={t`The code could not be requested.`} onAgain={() => void code.ask()} />;
  }
  const sent = `${clock(new Date(asked.at))} ${zoneName()}`;
  const until = `${clock(asked.expires_at, false)} ${zoneName()}`;
  const fault = problem?.of("code") ?? (problem && problem.status < 500 ? problem.message : undefined);
  return (
    <div class="stack">
      <h3>{label}</h3>
      <div class="code-row">
        {recovery
          ? <Field label={t`Recovery code`} value={code.code} onValue={code.setCode} fault={fault} autocomplete="one-time-code" />
          : <CodeField label={label} value={code.code} onValue={code.setCode} fault={fault} focused />}
        <p class="small muted">
          {asked.channel === "email"
            ? <Trans>Sent to {email} at {sent}, good until {until}.</Trans>
            : <Trans>From your authenticator app.</Trans>}{" "}
          <button class="link" type="button" onClick={() => void code.ask()}>{asked.channel === "email" ? t`Send again` : t`Start again`}</button>
          {asked.channel === "totp" && <> · <button class="link" type="button" onClick={() => setRecovery(!recovery)}>{recovery ? t`Use the app` : t`Use a recovery code`}</button></>}
        </p>
      </div>
      {problem && problem.status >= 500 && <ProblemNote problem={problem} what={t`The code could not be checked.`} />}
    </div>
  );
}
