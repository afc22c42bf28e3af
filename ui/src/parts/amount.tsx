import type { ComponentChildren } from "preact";
import { Link } from "wouter";

/** A number that opens to what it is made of. It always has an address. */
export function Opens({ href, children }: { href: string; children: ComponentChildren }) {
  return <Link class="open" href={href}>{children}</Link>;
}

/** The code of a currency behind an amount. */
export function Currency({ code = "USD" }: { code?: string }) {
  return <>{"\u00a0"}<span class="cur">{code}</span></>;
}
