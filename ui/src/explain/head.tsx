import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { copy } from "../lib/copy";
import { exact, money } from "../lib/format";
import { Currency } from "../parts/amount";
import { Icon } from "../parts/icon";
import { isReversal } from "../reports/cells";
import type { Row } from "../table/cell";
import { asCall, asText } from "./as-text";
import type { Order } from "./formula";

/** Shows the amount as lists do, and with all six decimal places. */
export function Amount({ order, rows, id }: { order: Order; rows: Row[]; id: string }) {
  const own = order.currency === "USD" ? "" : ` = ${exact(order.reward)} ${order.currency}`;
  return (
    <>
      <div class="row wrap base">
        <h2 class="sum" id={id}><span class="vh"><Trans>Why this reward:</Trans> </span><bdi>{money(order.reward_usd)}<Currency /></bdi></h2>
        {rows.some(isReversal) ? <span class="tag red"><Trans>Taken back</Trans></span> : rows.length > 0 && <span class="tag green"><Trans>Booked</Trans></span>}
      </div>
      <div class="small muted"><Trans>exactly {{ amount: exact(order.reward_usd) }} USD{own}</Trans></div>
    </>
  );
}

export function Actions({ order }: { order: Order }) {
  return (
    <>
      <button class="btn" type="button" onClick={() => void copy(asText(order))}><Icon name="copy" /><Trans>Copy as text</Trans></button>
      <span class="grow" />
      <button class="btn quiet" type="button" title={asCall(order)} onClick={() => void copy(asCall(order))}>{t`Copy the API call`}</button>
    </>
  );
}
