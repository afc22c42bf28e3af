import { Trans } from "@lingui/react/macro";
import type { ComponentChildren } from "preact";
import { useEffect } from "react";
import { Mark } from "../parts/icon";
import { LanguageChoice } from "../parts/language-choice";

/** Draws the card that all screens before sign-in share. */
export function Gate({ title, sub, children, onSubmit }: {
  title: string;
  sub?: ComponentChildren;
  children: ComponentChildren;
  onSubmit?: () => void;
}) {
  useEffect(() => {
    document.title = `${title} · Tributary`;
  }, [title]);
  const inside = (
    <>
      <span class="brand plain"><Mark />Tributary</span>
      <div class="stack gap4">
        <h1>{title}</h1>
        {sub && <p class="ink2">{sub}</p>}
      </div>
      {children}
    </>
  );
  return (
    <main class="gate">
      <div>
        {onSubmit ? (
          <form class="card" noValidate onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>{inside}</form>
        ) : (
          <div class="card">{inside}</div>
        )}
        <LanguageChoice />
        <p class="legal"><Trans>Programs use the API: <a href="/api/schema/">read its documentation</a></Trans></p>
      </div>
    </main>
  );
}
