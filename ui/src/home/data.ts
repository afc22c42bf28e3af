// Loads the data of the panels of Home, and computes their sums.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, value } from "../api/client";
import { add, decimal, type Decimal } from "../lib/decimal";
import { firstOfMonth, lastOfMonth, plusDays } from "../lib/time";
import { useToday } from "../lib/now";

export interface Day {
  reward_date: string;
  volume_lots: number;
  reward_usd: string;
  orders_count: number;
}

/** Loads the days of this month and of the previous month. */
export function useDays() {
  const from = firstOfMonth(useToday(), -1);
  return useQuery({
    queryKey: ["rewards-by-day", from],
    queryFn: async () => {
      const answer = await value(api.GET("/api/reports/rewards/byday/", { params: { query: { reward_date_from: from } } }));
      return answer.data as Day[];
    },
    refetchInterval: 30_000, placeholderData: keepPreviousData, // a new day does not empty the panel
  });
}

export function useTopAccounts() {
  const from = firstOfMonth(useToday());
  return useQuery({
    queryKey: ["top-accounts", from],
    queryFn: () =>
      value(api.GET("/api/v2/reports/rewards/", {
        params: { query: { aggregate_by: ["client_account"], reward_date_from: from, ordering: ["-reward_usd"], limit: 5 } },
      })),
    refetchInterval: 60_000, placeholderData: keepPreviousData,
  });
}

export function useCampaigns() {
  const to = useToday();
  const from = plusDays(to, -29);
  return useQuery({
    queryKey: ["campaign-streams", from],
    queryFn: async () => {
      const period = { date_from: from, date_to: to };
      const [figures, campaigns] = await Promise.all([
        value(api.GET("/api/reports/performance/", { params: { query: { group_by: ["campaign_code"], ...period, limit: 1000 } } })),
        value(api.GET("/api/campaigns/", { params: { query: { limit: 1000 } } })),
      ]);
      const titles = new Map(campaigns.data.map((campaign) => [campaign.campaign_code, campaign.title]));
      return { ...figures, from, to, titles };
    },
    refetchInterval: 300_000, placeholderData: keepPreviousData,
  });
}

export interface Sums {
  reward: Decimal;
  lots: Decimal;
  orders: number;
}

/** Adds up the days from one day to another, including both. */
export function sums(days: Day[], from: string, to: string): Sums {
  const inside = days.filter((day) => day.reward_date >= from && day.reward_date <= to);
  return {
    reward: add(...inside.map((day) => decimal(day.reward_usd))),
    lots: add(...inside.map((day) => decimal(day.volume_lots))),
    orders: inside.reduce((sum, day) => sum + day.orders_count, 0),
  };
}

/** Returns the days of the previous month from the first to today's day of the month. */
export function sameDaysBefore(now: string): { from: string; to: string } {
  const from = firstOfMonth(now, -1);
  const last = lastOfMonth(from);
  const to = plusDays(from, Number(now.slice(8, 10)) - 1);
  return { from, to: to < last ? to : last };
}
