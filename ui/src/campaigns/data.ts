import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { api, value } from "../api/client";
import { plusDays } from "../lib/time";
import { useToday } from "../lib/now";

export interface Link {
  link: string;
  platform: string;
  os: string;
  tags: string[];
}

export interface Campaign {
  campaign_code: string;
  title: string;
  description: string;
  archived: boolean;
  is_blocked: boolean;
  base_link: string;
  created: string;
  links: Link[];
}

/** The figures that follow from clicks, for one campaign, for one link, or for everything. */
export interface Figures {
  clicks: number;
  unique_clicks: number;
  registrations: number;
  ftd: number;
  active_clients: number;
  reward_usd: string;
  rebate_usd: string;
  cost_usd: string;
  roi: number | null;
}

export const campaignsKey = ["campaigns"];

export const useCampaignList = () =>
  useQuery({
    queryKey: campaignsKey,
    queryFn: async () => (await value(api.GET("/api/campaigns/", { params: { query: { limit: 1000 } } }))).data as unknown as Campaign[],
  });

/** Returns the last 30 days in the programme's time zone. */
export function useLastDays() {
  const to = useToday();
  return { from: plusDays(to, -29), to };
}

type GroupBy = "campaign_code" | "link" | "day";

/** Loads the figures of the last 30 days by campaign, by link or by day. */
export function usePerformance<Key extends GroupBy>(groupBy: Key, campaign?: string) {
  const { from, to } = useLastDays();
  return useQuery({
    queryKey: ["performance", groupBy, campaign ?? "", from],
    queryFn: async () => {
      const query = { group_by: [groupBy], date_from: from, date_to: to, limit: 1000, ...(campaign ? { campaign_code: [campaign] } : {}) };
      const answer = await value(api.GET("/api/reports/performance/", { params: { query } }));
      return answer as unknown as { data: (Figures & Record<Key, string | number | null>)[]; totals: Figures & { count: number } };
    },
    // A new day does not empty the list. Figures of another campaign are not shown meanwhile.
    placeholderData: (before, of) => (of?.queryKey[1] === groupBy && of.queryKey[2] === (campaign ?? "") ? before : undefined),
  });
}

export const useDomains = () => useQuery({ queryKey: ["link-domains"], queryFn: async () => (await value(api.GET("/api/campaigns/domains/"))).data, staleTime: 600_000 });

export const usePages = () => useQuery({ queryKey: ["landing-pages"], queryFn: async () => (await value(api.GET("/api/campaigns/pages/"))).data, staleTime: 600_000 });

/** Returns the kind of devices for which a link is made, such as "Android" or "Web". */
export function deviceName(link: Link): string {
  const names: Record<string, string> = { android: "Android", ios: "iOS" };
  return names[link.os] ?? (link.platform === "mobile" ? t`Mobile` : t`Web`);
}

/** Returns the number that identifies a tracked link in reports. */
export const numberOf = (link: Link) => Number(new URL(link.link).searchParams.get("l"));
