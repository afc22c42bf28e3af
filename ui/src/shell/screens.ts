import { t } from "@lingui/core/macro";
import { lazy, type ComponentType } from "react";
import type { IconName } from "../parts/icon";

export type Params = Record<string, string | undefined>;

/** A screen: its address, its name, its place in the side bar, and its code. */
export interface Screen {
  path: string;
  match?: string; // pattern for the addresses of the screen; needed if the screen has several
  name: () => string;
  icon?: IconName; // without an icon, the screen is not in the side bar
  group?: "clients" | "growth" | "foot";
  tab?: boolean; // true if the screen is in the tab bar of a phone
  code: ComponentType<{ params: Params }>;
}

export const screens: Screen[] = [
  { path: "/", name: () => t`Home`, icon: "home", tab: true, code: lazy(() => import("../home/home")) },
  { path: "/rewards", name: () => t`Rewards`, icon: "streams", tab: true, code: lazy(() => import("../reports/rewards")) },
  { path: "/rebates", match: "/rebates/*?", name: () => t`Rebates`, icon: "rebates", tab: true, code: lazy(() => import("../rebates/rebates")) },
  { path: "/wallet", match: "/wallet/*?", name: () => t`Wallet`, icon: "wallet", code: lazy(() => import("../wallet/wallet")) },
  { path: "/clients", name: () => t`Clients`, icon: "person", group: "clients", code: lazy(() => import("../reports/clients")) },
  { path: "/accounts", name: () => t`Accounts`, icon: "card", group: "clients", code: lazy(() => import("../reports/accounts")) },
  { path: "/orders", name: () => t`Orders`, icon: "page", group: "clients", code: lazy(() => import("../reports/orders")) },
  { path: "/campaigns", match: "/campaigns/*?", name: () => t`Campaigns`, icon: "link", group: "growth", tab: true, code: lazy(() => import("../campaigns/campaigns")) },
  { path: "/promo", name: () => t`Promo`, icon: "picture", group: "growth", code: lazy(() => import("../promo/promo")) },
  { path: "/network", match: "/network/*?", name: () => t`Network`, icon: "tree", group: "growth", code: lazy(() => import("../network/network")) },
  { path: "/performance", name: () => t`Performance`, icon: "bars", group: "growth", code: lazy(() => import("../campaigns/performance")) },
  { path: "/developers", match: "/developers/*?", name: () => t`Developers`, icon: "code", group: "foot", code: lazy(() => import("../developers/developers")) },
  { path: "/settings", match: "/settings/*?", name: () => t`Settings`, icon: "gear", group: "foot", code: lazy(() => import("../settings/settings")) },
  { path: "/explain", match: "/explain/:order", name: () => t`Explanation`, code: lazy(() => import("../explain/page")) },
  { path: "/more", name: () => t`More`, code: lazy(() => import("./more")) },
];

export const inGroup = (group?: Screen["group"]) => screens.filter((screen) => screen.icon && screen.group === group);

/** Returns the screen for an address. */
export function screenAt(path: string): Screen | undefined {
  return screens
    .filter((screen) => (screen.path === "/" ? path === "/" : path === screen.path || path.startsWith(`${screen.path}/`)))
    .sort((a, b) => b.path.length - a.path.length)[0];
}
