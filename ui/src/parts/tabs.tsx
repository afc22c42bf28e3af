import { Link, useLocation } from "wouter";
import { count } from "../lib/format";

/** The tabs of a screen. Each tab has an address of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: { href: string; name: string; many?: number }[] }) {
  const [path] = useLocation();
  // An address below a tab's, such as that of one webhook, belongs to the nearest tab.
  const current = tabs
    .filter((tab) => path === tab.href || path.startsWith(`${tab.href}/`))
    .sort((a, b) => b.href.length - a.href.length)[0];
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.href} href={tab.href} aria-current={tab === current ? "page" : undefined}>
          {tab.name}{tab.many !== undefined && <span class="n">{count(tab.many)}</span>}
        </Link>
      ))}
    </nav>
  );
}
