import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "react";

interface PopoverProps {
  label: string;
  button: ComponentChildren;
  buttonClass?: string;
  class?: string;
  disabled?: boolean;
  /**
   * The content of the panel, or a function that returns it and gets a function to
   * close the panel.
   */
  children: ComponentChildren | ((close: () => void) => ComponentChildren);
}

/** A button that opens a small panel beside it. Esc, or a click elsewhere, closes the panel. */
export function Popover({ label, button, buttonClass = "btn", class: more = "", disabled, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const root = useRef<HTMLSpanElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };

  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>(".pop :is(button, input, a, select)")?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  return (
    <span
      class="pop-root" ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        ref={opener} class={buttonClass} type="button" disabled={disabled} aria-expanded={open} aria-controls={open ? id : undefined}
        aria-label={label} title={label} onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div class={`pop ${more}`} id={id} role="group" aria-label={label}>
          {typeof children === "function" ? children(close) : children}
        </div>
      )}
    </span>
  );
}
