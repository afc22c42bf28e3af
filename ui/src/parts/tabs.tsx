import { Link, useLocation } from "wouter";
import { count } from "../lib/format";

/** The tabs of a screen. Each tab has an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: { href: string; name: string; many?: number }[] }) {
  const [path] = useLocation();
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.href} href={tab.href} aria-current={path === tab.href ? "page" : undefined}>
          {tab.name}{tab.many !== undefined && <span class="n">{count(tab.many)}</span>}
        </Link>
      ))}
    </nav>
  );
}
