import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { add, decimal, text } from "../lib/decimal";
import { money } from "../lib/format";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { What } from "./approve";
import { useRefresh, type Rebate } from "./data";

/** Rejects rebates, so that their money returns to the wallet. */
export function Reject({ rebates, onClose }: { rebates: Rebate[]; onClose: () => void }) {
  const refresh = useRefresh();
  const sum = money(text(add(...rebates.map((one) => decimal(one.topay_rebate_usd)))));
  const reject = useMutation({
    mutationFn: () => {
      const body = { rebates: rebates.map((one) => one.id), rebate_rows: [] };
      return once("reject", body, (key) => value(api.POST("/api/v2/autorebates/reject/", { headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: (done) => {
      refresh();
      say(t`${{ amount: money(done.topay_rebate_usd) }} USD went back to the wallet.`);
      onClose();
    },
  });
  const problem = reject.isError ? asProblem(reject.error) : undefined;
  return (
    <Sheet title={plural({ count: rebates.length }, { one: "Reject # rebate", other: "Reject # rebates" })} onClose={onClose}>
      <What rebates={rebates} />
      <Note tone="amber" icon="warning"><Trans>The clients get nothing for these periods, and the money goes back to your wallet. A rejection cannot be undone.</Trans></Note>
      {problem && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The rebates were not rejected.`} />}
      <div class="row end"><button class="btn danger" type="button" disabled={reject.isPending} onClick={() => reject.mutate()}><Trans>Reject {sum} USD</Trans></button></div>
    </Sheet>
  );
}
