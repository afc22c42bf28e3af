import { t } from "@lingui/core/macro";

/** The kinds of ledger lines, in the words of the glossary. */
export function kindName(kind: string): string {
  const names: Record<string, () => string> = {
    reward: () => t`Reward`, reversal: () => t`Reversal`, reinstatement: () => t`Reinstatement`, correction: () => t`Correction`,
    override: () => t`Override`, agent_share: () => t`Agent’s share`, rebate_reserve: () => t`Set aside for rebates`,
    rebate_release: () => t`Rebate released`, transfer: () => t`Transfer`, withdrawal: () => t`Withdrawal`, payout_failed: () => t`Payment failed`, progress_reward: () => t`Progress reward`,
    adjustment: () => t`Adjustment`, cpa: () => t`CPA`, cpa_clawback: () => t`CPA taken back`,
  };
  return names[kind]?.() ?? kind;
}
