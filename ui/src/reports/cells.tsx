// Cells that several lists share.
import { t } from "@lingui/core/macro";
import type { ComponentChildren } from "preact";
import { Link } from "wouter";
import type { Row } from "../table/cell";

const text = (value: unknown) => String(value ?? "");

export const accountLink = (row: Row) => (
  <Link href={`/accounts?account=${text(row.client_account)}`} tabIndex={-1}>{text(row.client_account)}</Link>
);

export const clientLink = (row: Row) => {
  const uid = text(row.client_uid).slice(0, 8);
  return <Link href={`/accounts?client=${uid}`} tabIndex={-1} title={text(row.client_uid)}>{uid}</Link>;
};

/** Returns the name of the formula by which an order's reward was computed. */
export function formulaName(code: string): string {
  const names: Record<string, () => string> = {
    formula_classic_v2: () => t`Spread, both sides`,
    formula_classic: () => t`Spread at open`,
    formula_institutional_avg: () => t`Average spread`,
    formula_forex: () => t`Spread, both sides`,
    formula_cfd: () => t`Spread, both sides`,
    formula_ecn: () => t`Amount for a lot`,
  };
  return names[code]?.() ?? code;
}

/** Reports whether a row is a reversal: it has no volume and a negative reward. */
export const isReversal = (row: Row) => Number(row.volume_lots) === 0 && text(row.reward_usd).startsWith("-");

export const formulaCell = (row: Row): ComponentChildren =>
  isReversal(row) ? <span class="tag amber">{t`Reversal`}</span> : <span class="muted">{formulaName(text(row.formula_code))}</span>;

/** The outcome of an order in a word: paid, or why it paid nothing. */
export function outcomeName(code: string): string {
  const names: Record<string, () => string> = {
    paid: () => t`Paid`, reversed: () => t`Taken back`, min_order_life: () => t`Open too short`, capped: () => t`Cap of 0`, no_spread: () => t`No spread`,
    symbol_not_in_plan: () => t`Symbol not in the plan`, no_reward_type: () => t`Account type not in the plan`, below_place: () => t`Less than a millionth`,
  };
  return names[code]?.() ?? code;
}

const outcomeTones: Record<string, string> = { paid: "green", reversed: "red" };

export const outcomeCell = (row: Row): ComponentChildren => <span class={`tag ${outcomeTones[text(row.outcome)] ?? "amber"}`}>{outcomeName(text(row.outcome))}</span>;
