// What a screen or a panel shows while it is loading, after an error, or without
// data.
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "react";
import type { Problem } from "../api/problem";
import { copy } from "../lib/copy";
import { Icon } from "./icon";
import { Note } from "./note";

/** Returns true after 150 ms, because data that arrives sooner needs no skeleton. */
export function useLate(): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return late;
}

/** Grey bars in place of text that is still loading. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: number }) {
  const late = useLate();
  return (
    <div class="skeleton" aria-busy="true" aria-label={t`Loading`} style={{ blockSize: height, visibility: late ? "visible" : "hidden" }}>
      {Array.from({ length: lines }, (_, at) => <span key={at} class="sk" style={{ inlineSize: `${[72, 54, 64, 40][at % 4]}%` }} />)}
    </div>
  );
}

interface ProblemProps {
  problem: Problem;
  what?: string;
  onAgain?: () => void;
}

/** Says how an error affects the partner's data. */
function Meaning({ problem }: { problem: Problem }) {
  const { status } = problem;
  if (problem.unknown && problem.effect === "once") return <Trans>It may or may not have taken effect. Try again: it cannot take effect twice.</Trans>;
  if (problem.unknown) return <Trans>It may or may not have taken effect. Check this before you try again.</Trans>;
  if (problem.offline) return <Trans>The server cannot be reached.</Trans>;
  return <Trans>The server returned the error {status}. Nothing has changed.</Trans>;
}

/** Says what went wrong, what it means, and what the partner can do. */
export function ProblemNote({ problem, what = t`This could not be loaded.`, onAgain }: ProblemProps) {
  const { requestId } = problem;
  return (
    <div class="stack gap12 trouble">
      <Note tone="red" icon="warning">
        <strong>{problem.unknown ? t`The server did not confirm this.` : what}</strong> <Meaning problem={problem} />
        {requestId && (
          <div class="small">
            <Trans>Request <code>{requestId}</code></Trans>{" "}
            <button class="link" type="button" onClick={() => void copy(requestId)}><Trans>Copy for support</Trans></button>
          </div>
        )}
      </Note>
      {onAgain && (
        <div class="row"><button class="btn" type="button" onClick={onAgain}><Icon name="again" /><Trans>Try again</Trans></button></div>
      )}
    </div>
  );
}

/** Says why there is no data, and what the next step is. */
export function Empty({ title, children, icon, whole = false }: { title: string; children?: ComponentChildren; icon?: "lock"; whole?: boolean }) {
  return (
    <div class="empty">
      {icon && <span class="muted"><Icon name={icon} /></span>}
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}
