import { useQuery } from "@tanstack/react-query";
import { api, value } from "../api/client";

export const useWallet = () =>
  useQuery({ queryKey: ["wallet", "accounts"], queryFn: () => value(api.GET("/api/wallet/accounts/")), refetchInterval: 60_000 });

export const useWithdrawals = () =>
  useQuery({ queryKey: ["wallet", "withdrawals"], queryFn: () => value(api.GET("/api/wallet/withdrawals/", { params: { query: { limit: 1000 } } })) });

export const useTransfers = () =>
  useQuery({ queryKey: ["wallet", "transfers"], queryFn: () => value(api.GET("/api/wallet/transfers/", { params: { query: { limit: 1000 } } })) });

export const useMethods = () =>
  useQuery({ queryKey: ["wallet", "methods"], queryFn: () => value(api.GET("/api/wallet/withdrawals/methods/")), staleTime: 600_000 });

export interface Account {
  id: string;
  name: string;
  currency: string;
  balance: number;
  type: string;
  reserved_rebates_amount: number;
}

/** Returns the name of a method as people write it: "Bank transfer" for "bank_transfer". */
export const methodName = (method: string) => method.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
