import type { ComponentChildren } from "preact";
import { Link } from "wouter";

/** A number that links to its explanation. */
export function Opens({ href, children }: { href: string; children: ComponentChildren }) {
  return <Link class="open" href={href}>{children}</Link>;
}

/** The currency code after an amount. */
export function Currency({ code = "USD" }: { code?: string }) {
  return <>{"\u00a0"}<span class="cur">{code}</span></>;
}
