import type { ComponentChildren } from "preact";
import { useId } from "react";

interface PanelProps {
  title: string;
  sub?: ComponentChildren;
  end?: ComponentChildren;
  class?: string;
  flush?: boolean;
  children: ComponentChildren;
}

/** A part of a screen with its own heading. */
export function Panel({ title, sub, end, class: more = "", flush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${more}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {sub && <span class="sub">{sub}</span>}
        <span class="grow" />
        {end}
      </header>
      {flush ? children : <div class="body">{children}</div>}
    </section>
  );
}
