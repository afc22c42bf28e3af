// Webhooks and postbacks. They have the same operations under two paths.
import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { get, send } from "../api/client";
import { once } from "../lib/key";

export type Kind = "webhooks" | "postbacks";

export interface Hook {
  id: string;
  name: string;
  url: string;
  events: string[];
  status: "active" | "paused" | "disabled";
  disabled_reason: "failing" | "gone" | null;
  failing_since: string | null;
  last_success: string | null;
  created: string;
  method?: "GET" | "POST"; // only for a postback
}

export interface Attempt {
  attempt: number;
  at: string;
  took_ms: number;
  url: string;
  status_code: number | null;
  problem: string | null;
  answer: string;
}

export interface Delivery {
  id: string;
  message_id: string;
  event: string;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  next_attempt: string | null;
  last_status_code: number | null;
  last_problem: string | null;
  created: string;
  ended: string | null;
  log?: Attempt[];
}

interface List<T> {
  data: T[];
  totals: { count: number };
}

export const pathOf = (kind: Kind, ...parts: string[]) => `/api/v1/${[kind, ...parts].map(encodeURIComponent).join("/")}/`;

export const useHooks = (kind: Kind) =>
  useQuery({ queryKey: ["hooks", kind], queryFn: () => get<List<Hook>>(pathOf(kind), { limit: "100" }) });

export const useHook = (kind: Kind, id: string) =>
  useQuery({ queryKey: ["hooks", kind, id], queryFn: () => get<Hook>(pathOf(kind, id)) });

/** Loads the newest deliveries. While one of them is pending, loads them again after a short time. */
export const useDeliveries = (kind: Kind, id: string, status: string, limit: number) =>
  useQuery({
    queryKey: ["hooks", kind, id, "deliveries", status, limit],
    queryFn: () => get<List<Delivery>>(pathOf(kind, id, "deliveries"), { limit: String(limit), ...(status ? { status } : {}) }),
    placeholderData: (before) => before,
    refetchInterval: (query) => (query.state.data?.data.some((one) => one.status === "pending" && one.attempts === 0) ? 2000 : 15_000),
  });

export const useDelivery = (kind: Kind, id: string, delivery: string) =>
  useQuery({
    queryKey: ["hooks", kind, id, "delivery", delivery], queryFn: () => get<Delivery>(pathOf(kind, id, "deliveries", delivery)),
    refetchInterval: (query) => (query.state.data?.status === "pending" ? 2000 : false),
  });

/**
 * Sends a POST to a webhook's or postback's path. It takes effect once, even if it is
 * repeated after a lost response.
 */
export const post = <T>(path: string, body: object = {}, headers: Record<string, string> = {}) =>
  once(path, body, (key) => send<T>("POST", path, body, { ...headers, "Idempotency-Key": key }));

export function statusOf(hook: Hook): { tone: string; words: string } {
  if (hook.status === "paused") return { tone: "", words: t`Paused` };
  if (hook.status === "disabled") return { tone: "red", words: hook.disabled_reason === "gone" ? t`Off: the receiver said 410` : t`Off: it failed for three days` };
  return hook.failing_since ? { tone: "amber", words: t`On, failing` } : { tone: "green", words: t`On` };
}

/** Returns the result of a delivery or an attempt in a word. */
export function outcome(status: string, code: number | null, problem: string | null): { tone: string; words: string } {
  const problems: Record<string, string> = { refused: t`not a public address`, unreachable: t`no answer`, expired: t`no longer stored` };
  const words = (problem && problems[problem]) || (code === null ? t`not sent yet` : String(code));
  return { tone: status === "delivered" ? "green" : status === "failed" ? "red" : code === null && !problem ? "" : "amber", words };
}

export const postbackEvents = ["registration", "deposit", "first_deposit", "qualification", "reward"];
