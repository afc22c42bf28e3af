import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { api, value } from "../api/client";

export interface AgentLink {
  id: number;
  alias: string;
  email: string;
  link_code: string;
  referral_link: string;
  created: string;
  agreement: Terms | null; // in force
  shared_reports: Report[];
}

export interface Terms {
  share_perc: number;
  cap_amount_usd: number | null;
  earned_usd: number;
}

export type Report = "reward_history" | "client_report";

export const agentsKey = ["agents"];

export const useAgents = (limit: number) =>
  useQuery({
    queryKey: [...agentsKey, limit],
    queryFn: () => value(api.GET("/api/v1/referral-agent-links/", { params: { query: { limit } } })),
    placeholderData: (before) => before,
  });

/** The agreements of a link; the first is in force. */
export const useAgreements = (id: number) =>
  useQuery({
    queryKey: [...agentsKey, id, "agreements"],
    queryFn: () => value(api.GET("/api/v1/referral-agent-links/{id}/agreements/", { params: { path: { id }, query: { limit: 100 } } })),
  });

export const useShared = (id: number) =>
  useQuery({
    queryKey: [...agentsKey, id, "shared"],
    queryFn: async () => (await value(api.GET("/api/v1/referral-agent-links/{id}/shared-reports/", { params: { path: { id } } }))).shared_reports as Report[],
  });

export const reportName = (report: Report) => (report === "reward_history" ? t`rewards` : t`clients`);
