import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { text } from "../lib/decimal";
import { count, lots, money } from "../lib/format";
import { day, firstOfMonth, monthName, plusDays } from "../lib/time";
import { useToday } from "../lib/now";
import { Panel } from "../parts/panel";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { Columns, type Column } from "./columns";
import { sums, useDays, type Day, type Sums } from "./data";

type Measure = "reward" | "lots" | "orders";

const shown: Record<Measure, (of: Sums) => string> = {
  reward: (of) => money(text(of.reward)),
  lots: (of) => lots(text(of.lots)),
  orders: (of) => count(of.orders),
};

/** Returns the height of a column. A float is exact enough, because it is only drawn. */
function height(of: Sums, measure: Measure): number {
  return measure === "orders" ? of.orders : Number(text(measure === "lots" ? of.lots : of.reward));
}

export function ByDay() {
  const [measure, setMeasure] = useState<Measure>("reward");
  const [asTable, setAsTable] = useState(false);
  const days = useDays();
  const measures: [Measure, string][] = [["reward", t`Reward`], ["lots", t`Lots`], ["orders", t`Orders`]];
  const sub = measure === "reward" ? t`USD · the programme’s days` : t`the programme’s days`;
  return (
    <Panel
      title={t`Reward by day`} sub={<span class="only-wide">{sub}</span>}
      end={
        <>
          <button class="link small" type="button" onClick={() => setAsTable(!asTable)}>{asTable ? t`As a chart` : t`As a table`}</button>
          <span class="seg" role="group" aria-label={t`What the columns show`}>
            {measures.map(([value, name]) => (
              <button key={value} type="button" aria-pressed={measure === value} onClick={() => setMeasure(value)}>{name}</button>
            ))}
          </span>
        </>
      }
    >
      {days.isError && !days.data && <ProblemNote problem={asProblem(days.error)} what={t`The days could not be loaded.`} onAgain={() => void days.refetch()} />}
      {days.isPending && <Skeleton lines={4} height={252} />}
      {days.data && days.data.length === 0 && (
        <Empty title={t`No closed orders yet`}><p><Trans>Rewards appear here within a second after a client of yours closes an order.</Trans></p></Empty>
      )}
      {days.data && days.data.length > 0 && (asTable ? <AsTable days={days.data} /> : <AsChart days={days.data} measure={measure} />)}
    </Panel>
  );
}

interface Pair {
  date: string;
  before?: string;
  now: Sums;
  then?: Sums;
}

/** Pairs each day of this month with the same day of the previous month. */
function pairs(days: Day[], now: string): Pair[] {
  const first = firstOfMonth(now);
  const month = firstOfMonth(now, -1);
  const all: Pair[] = [];
  for (let date = first; date <= now; date = plusDays(date, 1)) {
    const before = plusDays(month, Number(date.slice(8)) - 1);
    const exists = before < first;
    all.push({
      date, before: exists ? before : undefined, now: sums(days, date, date), then: exists ? sums(days, before, before) : undefined,
    });
  }
  return all;
}

function AsChart({ days, measure }: { days: Day[]; measure: Measure }) {
  const now = useToday();
  const list = pairs(days, now);
  const highest = list.reduce((a, b) => (height(b.now, measure) > height(a.now, measure) ? b : a));
  const [at, setAt] = useState<number>();
  const chosen = list[at ?? list.indexOf(highest)] ?? highest;
  const columns: Column[] = list.map((pair) => ({
    key: pair.date, name: day(pair.date, { year: false }), value: height(pair.now, measure),
    before: pair.then && height(pair.then, measure), part: pair.date === now,
  }));
  const month = monthName(now);
  const last = monthName(firstOfMonth(now, -1));
  const [from, to] = [day(list[0]?.date ?? now), day(now)];
  const label = t`By day, ${from} to ${to}, beside the same days of ${last}. Highest: ${{ day: day(highest.date) }}, ${{ highest: shown[measure](highest.now) }}.`;
  return (
    <div class="stack gap12">
      <div class="row between wrap">
        <div class="legend">
          <span><i class="s1" />{month}</span>
          <span><i class="s1 part" /><Trans>today so far</Trans></span>
          <span><i class="l" /><Trans>same day of {last}</Trans></span>
        </div>
        <Readout pair={chosen} measure={measure} />
      </div>
      <Columns columns={columns} label={label} at={at} onAt={setAt} />
    </div>
  );
}

function Readout({ pair, measure }: { pair: Pair; measure: Measure }) {
  const orders = plural({ count: pair.now.orders }, { one: "# order", other: "# orders" });
  return (
    <span class="small ink2" aria-live="polite">
      {day(pair.date, { weekday: true, year: false })}: <strong>{shown[measure](pair.now)}</strong>
      {measure !== "orders" && `, ${orders}`}
      {pair.before && pair.then && ` · ${day(pair.before, { year: false })}: ${shown[measure](pair.then)}`}
    </span>
  );
}

function AsTable({ days }: { days: Day[] }) {
  const now = useToday();
  return (
    <div class="scroll-y" tabIndex={0} role="region" aria-label={t`Reward by day, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col"><Trans>Day</Trans></th>
            <th scope="col" class="num"><Trans>Orders</Trans></th>
            <th scope="col" class="num"><Trans>Lots</Trans></th>
            <th scope="col" class="num"><Trans>Reward, USD</Trans></th>
          </tr>
        </thead>
        <tbody>
          {pairs(days, now).reverse().map((pair) => (
            <tr key={pair.date}>
              <td>{day(pair.date, { weekday: true })}</td>
              <td class="num">{shown.orders(pair.now)}</td>
              <td class="num">{shown.lots(pair.now)}</td>
              <td class="num">{shown.reward(pair.now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

