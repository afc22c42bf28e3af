import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ComponentChildren } from "preact";
import { Link } from "wouter";
import { asProblem } from "../api/problem";
import { useSummary } from "../api/queries";
import { text } from "../lib/decimal";
import { change, free, money } from "../lib/format";
import { day, monthName, plusDays, firstOfMonth } from "../lib/time";
import { useToday } from "../lib/now";
import { Currency, Opens } from "../parts/amount";
import { ProblemNote, Skeleton } from "../parts/states";
import { useWallet } from "../wallet/data";
import { sameDaysBefore, sums, useDays, type Day } from "./data";

function Stat({ name, amount, code, href, children }: {
  name: string; amount?: string; code?: string; href: string; children?: ComponentChildren;
}) {
  return (
    <div class="stat">
      <span class="k">{name}</span>
      {amount === undefined ? <span class="v"><Skeleton lines={1} height={36} /></span> : (
        <span class="v"><Opens href={href}>{amount}</Opens><Currency code={code} /></span>
      )}
      {children}
    </div>
  );
}

/** Shows the four amounts at the top of Home. */
export function Figures() {
  const summary = useSummary();
  const days = useDays();
  const now = useToday();
  if (summary.isError && !summary.data) {
    return <ProblemNote problem={asProblem(summary.error)} what={t`Your rewards could not be loaded.`} onAgain={() => void summary.refetch()} />;
  }
  const { reward_usd: reward, volume_lots: volume, override_usd: override } = summary.data ?? {};
  const month = monthName(now);
  return (
    <section class="panel stats figures" aria-label={t`Reward`}>
      <Stat name={t`Today, ${{ day: day(now, { weekday: true, year: false }) }}`} amount={reward && money(reward.today)} href={`/rewards?closed=${now}..${now}`}>
        {days.data && volume && <Today days={days.data} now={now} lots={volume.today} />}
      </Stat>
      <Stat name={t`${month} so far`} amount={reward && money(reward.this_month)} href={`/rewards?closed=${firstOfMonth(now)}..${now}`}>
        {days.data && volume && <Month days={days.data} now={now} lots={volume.this_month} />}
      </Stat>
      <Stat name={t`All time`} amount={reward && money(reward.all_time)} href="/rewards?closed=all">
        {volume && <span class="d"><Trans>{{ lots: money(volume.all_time) }} lots</Trans></span>}
        {override && override.all_time !== 0 && <span class="d"><Trans>and {{ amount: money(override.all_time) }} from sub-partners</Trans></span>}
      </Stat>
      <Wallet />
    </section>
  );
}

const orders = (many: number) => plural(many, { one: "# order", other: "# orders" });

function Today({ days, now, lots: traded }: { days: Day[]; now: string; lots: number }) {
  const before = plusDays(now, -7);
  const then = sums(days, before, before);
  return (
    <>
      <span class="d">{orders(sums(days, now, now).orders)} · <Trans>{{ lots: money(traded) }} lots</Trans></span>
      <span class="d"><Trans>{{ day: day(before, { weekday: true, year: false }) }}, the whole day: {{ amount: money(text(then.reward)) }}</Trans></span>
    </>
  );
}

function Month({ days, now, lots: traded }: { days: Day[]; now: string; lots: number }) {
  const reached = sums(days, firstOfMonth(now), now);
  const period = sameDaysBefore(now);
  const before = sums(days, period.from, period.to);
  const differs = change(before.reward, reached.reward);
  const span = `${Number(period.from.slice(8))}–${day(period.to, { year: false })}`;
  return (
    <>
      <span class="d">{orders(reached.orders)} · <Trans>{{ lots: money(traded) }} lots</Trans></span>
      {differs && (
        <span class="d">
          <Trans><span class={differs.startsWith("+") ? "pos" : "neg"}>{differs}</span> on {span}: {{ amount: money(text(before.reward)) }}</Trans>
        </span>
      )}
    </>
  );
}

/** Shows the amounts that can be withdrawn, with each currency on its own line. */
function Wallet() {
  const wallet = useWallet();
  const [first, ...others] = wallet.data?.accounts.filter((account, at) => at === 0 || account.balance !== 0) ?? [];
  if (wallet.isError && !wallet.data) {
    return <div class="stat"><ProblemNote problem={asProblem(wallet.error)} what={t`The wallet could not be loaded.`} onAgain={() => void wallet.refetch()} /></div>;
  }
  return (
    <Stat name={t`Wallet, free to use`} amount={first && free(first.balance)} code={first?.currency} href="/wallet">
      {others.slice(0, 2).map((account) => <span class="d" key={account.id}><Trans>and {{ amount: free(account.balance) }} {{ currency: account.currency }}</Trans></span>)}
      {first && first.reserved_rebates_amount !== 0 && <span class="d"><Trans>{{ amount: free(first.reserved_rebates_amount) }} set aside for rebates</Trans></span>}
      <span class="d"><Link href="/wallet"><Trans>Ledger and withdrawals</Trans></Link></span>
    </Stat>
  );
}

