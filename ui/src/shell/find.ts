// What the palette finds: screens and actions at once, and what the API can
// look up by a part of its name.
import { plural, t } from "@lingui/core/macro";
import { api, get, value } from "../api/client";
import { asProblem } from "../api/problem";
import { queries } from "../api/queries";
import { formulaName } from "../reports/cells";
import { money } from "../lib/format";
import { dateOf } from "../lib/time";
import type { IconName } from "../parts/icon";
import type { Row } from "../table/cell";
import type { Page } from "../table/pages";
import { screens } from "./screens";

export interface Found {
  group: string;
  icon: IconName;
  name: string;
  about?: string; // the figure that decides
  href: string;
}

const few = 5;

/** The screens whose name or part has a text, as a partner would type it. */
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

/** Looks a text up in everything that the API can find. What one of them cannot do does not stop the others. */
export async function findInApi(text: string, signal: AbortSignal): Promise<Found[]> {
  const lists = await Promise.allSettled([accounts(text, signal), clients(text), orders(text, signal), campaigns(text)]);
  const lost = lists.find((list) => list.status === "rejected");
  const found = lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
  if (lost && found.length === 0) throw asProblem((lost as PromiseRejectedResult).reason);
  return found;
}

async function accounts(text: string, signal: AbortSignal): Promise<Found[]> {
  if (!/^\d{3,}$/.test(text)) return [];
  const values = await get<{ client_account: string[] }>("/api/reports/clients/accounts/filters/", { field: "client_account", q: text }, signal);
  const numbers = values.client_account.sort((a, b) => Number(b.startsWith(text)) - Number(a.startsWith(text))).slice(0, few);
  if (numbers.length === 0) return [];
  const page = await get<Page>("/api/reports/clients/accounts/", { client_account: numbers.join(","), limit: "20" }, signal);
  return numbers.map((number) => {
    const row = page.data.find((one) => one.client_account === number);
    const about = row && t`${String(row.client_account_type)} · client ${String(row.client_uid)}, ${String(row.client_country)} · ${money(row.reward_usd as string)} USD so far`;
    return { group: t`Client accounts`, icon: "card" as const, name: number, about, href: `/rewards?account=${number}&closed=all` };
  });
}

/** A client by its e-mail, its uid or the number of an account, each whole. */
async function clients(text: string): Promise<Found[]> {
  if (!/@|^[0-9a-f]{8}(-|$)/i.test(text)) return [];
  try {
    const client = await value(api.GET("/api/affiliate/partner/allocation", { params: { query: { value: text } } }));
    const uid = client.client_uid.slice(0, 8);
    return [{ group: t`Clients`, icon: "person", name: uid, about: t`${client.value} · registered ${dateOf(client.registered_at)}`, href: `/clients?client=${uid}` }];
  } catch (error) {
    if (asProblem(error).status === 404) return [];
    throw error;
  }
}

/** An order by its server and ticket. */
async function orders(text: string, signal: AbortSignal): Promise<Found[]> {
  if (!/^.+:\d+(-\d+)?$/.test(text)) return [];
  const page = await get<Page>("/api/reports/orders/", { order_id: text, limit: "1" }, signal);
  return page.data.map((row: Row) => ({
    group: t`Orders`, icon: "page" as const, name: String(row.order_id), href: `/explain/${String(row.order_id)}`,
    about: t`${String(row.symbol)} · closed ${dateOf(String(row.close_date))} · ${formulaName(String(row.formula_code))} · ${money(row.reward_usd as string)} USD`,
  }));
}

async function campaigns(text: string): Promise<Found[]> {
  if (text.length < 2) return [];
  const answer = await queries.fetchQuery({
    queryKey: ["palette-campaigns", text], staleTime: 60_000,
    queryFn: () => value(api.GET("/api/campaigns/", { params: { query: { q: text, limit: few } } })),
  });
  return answer.data.map((one) => ({
    group: t`Campaigns`, icon: "link" as const, name: one.title, href: `/campaigns/${one.campaign_code}`,
    about: `${one.campaign_code} · ${plural(one.links.length, { one: "# link", other: "# links" })}`,
  }));
}

/** A name in three pieces: before, inside and after what was typed. */
export function marked(name: string, text: string): [string, string, string] {
  const at = name.toLowerCase().indexOf(text.toLowerCase());
  return at < 0 || text === "" ? [name, "", ""] : [name.slice(0, at), name.slice(at, at + text.length), name.slice(at + text.length)];
}
