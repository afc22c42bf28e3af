import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { asProblem } from "../api/problem";
import { useSummary } from "../api/queries";
import { add, decimal, text } from "../lib/decimal";
import { money } from "../lib/format";
import { useToday } from "../lib/now";
import { firstOfMonth, monthName } from "../lib/time";
import { useWidth } from "../lib/width";
import { Currency, Opens } from "../parts/amount";
import { Panel } from "../parts/panel";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import type { Row } from "../table/cell";
import { ReportScreen } from "../table/screen";
import type { Spec } from "../table/spec";
import { streamsOf } from "./river";

const uid = (row: Row, column: string) => <span class="id">{String(row[column]).slice(0, 8)}</span>;

/** A row opens the list of the partners whom this sub-partner brought. */
const spec = (): Spec => ({
  columns: ["partner", "link_code", "depth", "level", "country", "clients", "active_clients", "volume_lots", "override_usd"],
  always: "override_usd",
  key: (row) => String(row.partner),
  open: (row) => `/network?parent=${row.partner}`,
  cell: { partner: (row) => uid(row, "partner"), parent: (row) => uid(row, "parent") },
  phone: (row) => ({
    title: String(row.link_code ?? String(row.partner).slice(0, 8)),
    sub: t`${{ level: String(row.level) }}, ${{ country: String(row.country ?? "–") }} · ${plural({ count: Number(row.clients) }, { one: "# client", other: "# clients" })}`,
  }),
});

/** Shows what sub-partners add to the partner's own reward. */
export function SubPartners() {
  const summary = useSummary();
  const today = useToday();
  if (summary.isError && !summary.data) return <ProblemNote problem={asProblem(summary.error)} what={t`The overrides could not be loaded.`} onAgain={() => void summary.refetch()} />;
  if (!summary.data) return <Skeleton lines={5} height={260} />;
  const { override_usd: override, reward_usd: reward } = summary.data;
  if (override.all_time === 0) {
    return (
      <Empty title={t`No rewards of sub-partners yet`}>
        <p><Trans>If the broker puts a partner below you, you get a share of what it earns. The share comes from the broker, not from the sub-partner.</Trans></p>
      </Empty>
    );
  }
  const month = monthName(today);
  const ledger = (from?: string) => `/wallet?kind=override${from ? `&booked=${from}..${today}` : ""}`;
  const figures: [string, number, string][] = [
    [t`Today`, override.today, ledger(today)], [t`${month} so far`, override.this_month, ledger(firstOfMonth(today))], [t`All time`, override.all_time, ledger()],
  ];
  return (
    <div class="stack gap16">
      <section class="panel stats three" aria-label={t`Overrides`}>
        {figures.map(([name, amount, href]) => (
          <div class="stat" key={name}>
            <span class="k">{name}</span>
            <span class="v"><Opens href={href}>{money(amount)}</Opens><Currency /></span>
            <span class="d"><Trans>from sub-partners</Trans></span>
          </div>
        ))}
      </section>
      <Panel title={t`What joins your reward`} sub={<Trans>{month} · a stream is as wide as its money</Trans>}>
        <River own={reward.this_month} joined={override.this_month} />
      </Panel>
      <ReportScreen report="sub_partners" title={t`Sub-partners`} inner spec={spec()} nothing={<Empty title={t`No sub-partners`}><p /></Empty>} />
    </div>
  );
}

function River({ own, joined }: { own: number; joined: number }) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const together = money(text(add(decimal(own), decimal(joined))));
  const height = 176;
  const streams = streamsOf([Math.max(0, own), Math.max(0, joined)], width, height);
  const label = t`${{ own: money(own) }} USD of your own clients and ${{ others: money(joined) }} USD from sub-partners are ${together} USD together.`;
  return (
    <div ref={ref} class="river-box" style={{ blockSize: height }}>
      {width > 0 && (
        <svg class="chart" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
          {streams.map((stream, at) => <path key={at} class={`flow s${at + 1}`} d={stream.path} />)}
          <text class="t" x={0} y={streams[0]!.label}>{money(own)}<tspan class="of" dx="8">{t`your own clients`}</tspan></text>
          <text class="t" x={0} y={streams[1]!.label}>{money(joined)}<tspan class="of" dx="8">{t`sub-partners`}</tspan></text>
          <text class="t" x={width} y={streams[0]!.label} text-anchor="end">{together}</text>
        </svg>
      )}
    </div>
  );
}
