// Finds what the palette shows: screens and actions immediately, and objects that the API looks up by a part of
// their names.
import { t } from "@lingui/core/macro";
import { api, value } from "../api/client";
import type { components } from "../api/schema";
import { formulaName } from "../reports/cells";
import { money } from "../lib/format";
import { dateOf } from "../lib/time";
import type { IconName } from "../parts/icon";
import { screens } from "./screens";

export interface Found {
  group: string;
  icon: IconName;
  name: string;
  about?: string; // the figure that decides
  href: string;
}

/** Returns the screens whose name, or the name of one of their parts, contains a text. */
export function findScreens(text: string): Found[] {
  const parts: [string, string, IconName][] = [
    ...screens.filter((screen) => screen.icon).map((screen): [string, string, IconName] => [screen.name(), screen.path, screen.icon!]),
    [t`Rebates: groups`, "/rebates/groups", "rebates"], [t`Rebates: accounts`, "/rebates/accounts", "rebates"], [t`Rebates: history`, "/rebates/history", "rebates"],
    [t`Wallet: withdrawals`, "/wallet/withdrawals", "wallet"], [t`Wallet: transfers`, "/wallet/transfers", "wallet"], [t`Wallet: accounts`, "/wallet/accounts", "wallet"],
    [t`Network: agents`, "/network/agents", "tree"],
    [t`Developers: events`, "/developers/events", "code"], [t`Developers: webhooks`, "/developers/webhooks", "code"], [t`Developers: postbacks`, "/developers/postbacks", "code"],
    [t`Settings: security and password`, "/settings/security", "gear"], [t`Settings: sessions`, "/settings/sessions", "gear"], [t`Settings: API keys`, "/settings/keys", "gear"],
    [t`Settings: notifications`, "/settings/notifications", "gear"],
  ];
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return parts
    .filter(([name]) => words.every((word) => name.toLowerCase().includes(word)))
    .map(([name, href, icon]) => ({ group: t`Screens`, icon, name, href }));
}

type Result = components["schemas"]["FoundOut"];

/** Asks the API which accounts, clients, orders and campaigns a text may mean. */
export async function findInApi(text: string, signal: AbortSignal): Promise<Found[]> {
  const { results } = await value(api.GET("/api/v1/search/", { params: { query: { q: text } }, signal }));
  return results.map((result) => ({ name: result.id, ...kinds[result.type](result) }));
}

/** How each kind of result is shown, and where it leads. */
const kinds: Record<Result["type"], (one: Result) => Omit<Found, "name"> & { name?: string }> = {
  account: (one) => ({
    group: t`Client accounts`, icon: "card", href: `/rewards?account=${one.id}&closed=all`,
    about: t`${{ type: one.client_account_type! }} · client ${{ client: short(one) }}, ${{ country: one.country! }} · ${{ amount: money(one.reward_usd!) }} USD so far`,
  }),
  client: (one) => ({
    group: t`Clients`, icon: "person", name: short(one), href: `/clients?client=${short(one)}`,
    about: t`${{ country: one.country! }} · ${{ amount: money(one.reward_usd!) }} USD so far`,
  }),
  order: (one) => ({
    group: t`Orders`, icon: "page", href: `/explain/${one.id}`,
    about: t`${{ symbol: one.symbol! }} · closed ${{ day: dateOf(one.close_date!) }} · ${{ formula: formulaName(one.formula_code!) }} · ${{ amount: money(one.reward_usd!) }} USD`,
  }),
  campaign: (one) => ({ group: t`Campaigns`, icon: "link", name: one.title!, about: one.id, href: `/campaigns/${one.id}` }),
};

const short = (one: Result) => one.client_uid!.slice(0, 8);

/** Splits a name into three parts: the text before the typed part, the typed part, and the text after it. */
export function marked(name: string, text: string): [string, string, string] {
  const at = name.toLowerCase().indexOf(text.toLowerCase());
  return at < 0 || text === "" ? [name, "", ""] : [name.slice(0, at), name.slice(at, at + text.length), name.slice(at + text.length)];
}
