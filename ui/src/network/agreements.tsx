import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { asProblem } from "../api/problem";
import { money, setPercent } from "../lib/format";
import { moment, zoneName } from "../lib/time";
import { Sheet } from "../parts/sheet";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { useAgreements, type AgentLink } from "./data";

/** All agreements with an agent, the one in force first, with what each has paid. */
export function Agreements({ link, onClose }: { link: AgentLink; onClose: () => void }) {
  const agreements = useAgreements(link.id);
  const list = agreements.data?.data ?? [];
  return (
    <Sheet title={t`Agreements with ${{ name: link.alias || link.email }}`} onClose={onClose}>
      {agreements.isPending && <Skeleton lines={3} height={120} />}
      {agreements.isError && <ProblemNote problem={asProblem(agreements.error)} what={t`The agreements could not be loaded.`} onAgain={() => void agreements.refetch()} />}
      {agreements.data && list.length === 0 && <Empty title={t`No agreement yet`}><p><Trans>Without one the agent earns nothing.</Trans></p></Empty>}
      {list.length > 0 && (
        <div class="tbl">
          <table>
            <thead>
              <tr>
                <th scope="col"><Trans>Since, {{ zone: zoneName() }}</Trans></th><th scope="col" class="num"><Trans>Share</Trans></th>
                <th scope="col" class="num"><Trans>Limit, USD</Trans></th><th scope="col" class="num"><Trans>Earned, USD</Trans></th>
              </tr>
            </thead>
            <tbody>
              {list.map((one, at) => (
                <tr key={one.effective_from}>
                  <td>{moment(one.effective_from)} {at === 0 && <span class="tag green"><Trans>in force</Trans></span>}</td>
                  <td class="num">{setPercent(one.share_perc)}</td>
                  <td class="num">{one.cap_amount_usd === null ? <span class="muted"><Trans>none</Trans></span> : money(one.cap_amount_usd)}</td>
                  <td class="num">{money(one.earned_usd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Sheet>
  );
}
