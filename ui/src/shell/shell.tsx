import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ComponentChildren } from "preact";
import { Link, useLocation } from "wouter";
import { usePendingRebates } from "../api/queries";
import { Icon, Mark } from "../parts/icon";
import { OfflineBanner } from "./offline";
import { inGroup, screenAt, screens, type Screen } from "./screens";
import { TopBar } from "./topbar";

/** Draws the frame of every screen: side bar and top bar, and the tab bar on a phone. */
export function Shell({ children }: { children: ComponentChildren }) {
  const [path] = useLocation();
  const here = screenAt(path);
  return (
    <>
      <a class="skip" href="#content"><Trans>To the content</Trans></a>
      <div class="shell">
        <SideBar here={here} />
        <div>
          <OfflineBanner />
          <TopBar here={here} />
          <main class="content" id="content" tabIndex={-1}>{children}</main>
        </div>
        <TabBar here={here} />
      </div>
    </>
  );
}

function SideBar({ here }: { here?: Screen }) {
  const items = (group?: Screen["group"]) => inGroup(group).map((screen) => <Item key={screen.path} screen={screen} here={here} />);
  const growth = items("growth");
  const foot = items("foot");
  return (
    <nav class="nav" aria-label={t`Main`}>
      <Link class="brand" href="/"><Mark />Tributary</Link>
      {items()}
      <div class="sect"><Trans>Clients</Trans></div>
      {items("clients")}
      {growth.length > 0 && <div class="sect"><Trans>Growth</Trans></div>}
      {growth}
      {foot.length > 0 && <div class="foot">{foot}</div>}
    </nav>
  );
}

function Item({ screen, here }: { screen: Screen; here?: Screen }) {
  return (
    <Link class="item" href={screen.path} aria-current={screen === here ? "page" : undefined}>
      <Icon name={screen.icon ?? "page"} />
      {screen.name()}
      {screen.path === "/rebates" && <Waiting />}
    </Link>
  );
}

function Waiting() {
  const waiting = usePendingRebates().data?.totals.count ?? 0;
  return waiting > 0 ? <span class="count" title={t`${waiting} wait for your approval`}>{waiting}</span> : null;
}

function TabBar({ here }: { here?: Screen }) {
  const tabs = screens.filter((screen) => screen.tab);
  const more = here && !tabs.includes(here);
  return (
    <nav class="tabbar" aria-label={t`Sections`}>
      {tabs.map((screen) => (
        <Link key={screen.path} href={screen.path} aria-current={screen === here ? "page" : undefined}>
          <Icon name={screen.icon ?? "page"} />{screen.name()}
        </Link>
      ))}
      <Link href="/more" aria-current={more ? "page" : undefined}><Icon name="menu" /><Trans>More</Trans></Link>
    </nav>
  );
}
