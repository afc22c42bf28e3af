import { t } from "@lingui/core/macro";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "react";
import { Icon } from "./icon";

interface SheetProps {
  title: string;
  sub?: ComponentChildren;
  onClose: () => void;
  foot?: ComponentChildren;
  narrow?: boolean;
  children: ComponentChildren;
}

/** A dialog over the page. On a phone it slides in from the bottom. */
export function Sheet({ title, sub, onClose, foot, narrow = false, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog class={narrow ? "dialog narrow" : "dialog"} ref={dialog} aria-labelledby={id} onClose={onClose}>
      <div class="dh">
        <div class="grow stack gap4"><h2 id={id}>{title}</h2>{sub && <p class="small muted">{sub}</p>}</div>
        <button class="btn icon quiet" type="button" aria-label={t`Close`} onClick={() => dialog.current?.close()}><Icon name="close" /></button>
      </div>
      <div class="scroll">{children}</div>
      {foot && <div class="df">{foot}</div>}
    </dialog>
  );
}
