import { useQuery, useQueryClient } from "@tanstack/react-query";
import { t } from "@lingui/core/macro";
import { api, value } from "../api/client";
import { day, firstOfMonth, lastOfMonth } from "../lib/time";

export interface Rebate {
  id: number;
  group_id: number;
  group_title: string | null;
  status: string;
  period_start_date: string;
  period_end_date: string;
  clients_count: number;
  reward_usd: number;
  topay_rebate_usd: number;
  topay_rebate: number;
  currency: string;
  expires: string | null;
}

export interface Group {
  id: number;
  group_title: string;
  group_type: "AUTO" | "MANUAL";
  clients_count: number;
  rebate_percent: number;
  is_default: boolean;
  rebate_size: { min: number; max: number };
  rebate_period: "DAILY" | "WEEKLY" | "MONTHLY";
  rebate_period_value: number;
  link_code: string | null;
}

export const useGroups = () =>
  useQuery({
    queryKey: ["rebates", "groups"],
    queryFn: async () => (await value(api.GET("/api/v2/autorebates/groups/", { params: { query: { limit: 1000 } } }))).data as unknown as Group[],
  });

/** Loads everything again that a change of rebates may have changed. */
export function useRefresh() {
  const queries = useQueryClient();
  return () => {
    for (const key of [["rebates"], ["report"], ["wallet"], ["summary"]]) void queries.invalidateQueries({ queryKey: key });
  };
}

/** Returns the name of a period, such as "October 2026", "26 Oct – 1 Nov" or "24 Nov". */
export function period(from: string, to: string): string {
  if (from === to) return day(from, { year: false });
  if (from === firstOfMonth(from) && to === lastOfMonth(from)) return day(from).replace(/^\S+ /, "");
  if (from.slice(0, 7) === to.slice(0, 7)) return `${Number(from.slice(8))}–${day(to, { year: false })}`;
  return `${day(from, { year: false })} – ${day(to, { year: false })}`;
}

export const statusTones: Record<string, string> = {
  pending: "amber", approving: "river", approved: "river", paid: "green", failed: "red", rejected: "", expired: "",
};

export function statusName(status: string): string {
  const names: Record<string, () => string> = {
    pending: () => t`Waits for you`, approving: () => t`Being sent`, approved: () => t`With the broker`, paid: () => t`Paid`, failed: () => t`Failed`,
    rejected: () => t`Rejected`, expired: () => t`Expired`,
  };
  return names[status]?.() ?? status;
}
