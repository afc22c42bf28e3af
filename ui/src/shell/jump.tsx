import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { lazy, Suspense, useEffect, useState } from "react";
import { Icon } from "../parts/icon";

const Palette = lazy(() => import("./palette"));

const typing = (target: EventTarget | null) => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** The field in the top bar that opens the palette. Ctrl-K and the key / open it too. */
export function Jump() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const asks = (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !event.ctrlKey && !event.altKey && !typing(event.target));
      if (!asks || document.querySelector("dialog[open]")) return; // a sheet comes first
      event.preventDefault();
      setOpen(true);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <>
      <button class="jump only-wide" type="button" aria-keyshortcuts="Control+K" onClick={() => setOpen(true)}>
        <Icon name="search" /><span class="grow"><Trans>Find an account, order, campaign</Trans></span><kbd>Ctrl K</kbd>
      </button>
      <button class="btn quiet icon only-phone fx" type="button" aria-label={t`Find`} onClick={() => setOpen(true)}><Icon name="search" /></button>
      {open && <Suspense fallback={null}><Palette onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}
