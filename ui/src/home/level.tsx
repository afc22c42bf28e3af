import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useProblem, useSummary } from "../api/queries";
import { add, compare, decimal, negated, share, text } from "../lib/decimal";
import { all, money } from "../lib/format";
import { day } from "../lib/time";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";

/** Shows how far the partner is from the next level. */
export function Level() {
  const summary = useSummary();
  const problem = useProblem(summary);
  const { data } = summary;
  if (!data) {
    return (
      <Panel title={t`Level`}>
        {problem ? <ProblemNote problem={problem} what={t`The level could not be loaded.`} onAgain={() => void summary.refetch()} /> : <Skeleton lines={4} height={140} />}
      </Panel>
    );
  }
  const { level, level_progress: progress } = data;
  const next = progress?.next_level;
  if (!progress) return null;
  const since = day(progress.from, { year: false });
  return (
    <Panel title={level} end={next && <span class="sub"><Trans>next: {{ level: next.name }}</Trans></span>}>
      <div class="stack gap12">
        <Meter name={t`Volume since ${since}`} has={progress.volume_mln_usd} shown={money(progress.volume_mln_usd)} needs={next?.min_volume_mln_usd} unit={t`mln USD`} />
        <Meter name={t`Active clients`} has={progress.active_clients} needs={next?.min_active_clients} />
        {next ? <Missing progress={progress} next={next} /> : <p class="ink2"><Trans>There is no higher level.</Trans></p>}
        <Ahead progress={progress} />
      </div>
    </Panel>
  );
}

interface On {
  level: string;
  from: string;
}

/** Shows what is already known about the level after today. */
function Ahead({ progress }: { progress: { next_review: string; next_level: { rise_pays_usd: number } | null; changes_to: On | null; falls_to: On | null } }) {
  const { next_level: next, changes_to: change, falls_to: fall } = progress;
  const review = day(progress.next_review, { year: false });
  const pays = next && compare(decimal(next.rise_pays_usd), decimal(0)) > 0 ? money(next.rise_pays_usd) : null;
  const changes = change && day(change.from, { year: false });
  const falls = fall && day(fall.from, { year: false });
  return (
    <>
      {change && <p class="ink2"><Trans>From {changes} your level is <strong>{{ level: change.level }}</strong>.</Trans></p>}
      {fall && <p class="ink2"><Trans>On {falls} your level falls to <strong>{{ level: fall.level }}</strong>, unless you earn a higher one by then.</Trans></p>}
      {pays && <p class="ink2"><Trans>The next review is on {review}. A rise would pay about <strong>{pays} USD</strong> for this month so far.</Trans></p>}
    </>
  );
}

function Meter({ name, has, shown = all(has), needs, unit = "" }: { name: string; has: number; shown?: string; needs?: number; unit?: string }) {
  const part = needs ? Math.min(1, share(decimal(has), decimal(needs))) : 1;
  return (
    <div class="stack gap4">
      <div class="row between meter-head">
        <span>{name}</span>
        <span>
          <strong>{shown}</strong>
          {needs ? <> <Trans>of {{ whole: all(needs) }}</Trans></> : null} {unit}
        </span>
      </div>
      {needs ? <div class="meter" aria-hidden="true"><i style={{ inlineSize: `${part * 100}%` }} /></div> : null}
    </div>
  );
}

interface Next {
  name: string;
  min_volume_mln_usd: number;
  min_active_clients: number;
}

function Missing({ progress, next }: { progress: { volume_mln_usd: number; active_clients: number }; next: Next }) {
  const short = add(decimal(next.min_volume_mln_usd), negated(decimal(progress.volume_mln_usd)));
  const clients = Math.max(0, next.min_active_clients - progress.active_clients);
  const volume = money(text(short));
  const people = plural(clients, { one: "# active client", other: "# active clients" });
  const lacksVolume = compare(short, decimal(0)) > 0;
  return (
    <p class="ink2">
      {lacksVolume && clients > 0 && <Trans>Missing: <strong>{volume} mln USD</strong> of volume and <strong>{people}</strong>.</Trans>}
      {lacksVolume && clients === 0 && <Trans>Missing: <strong>{volume} mln USD</strong> of volume.</Trans>}
      {!lacksVolume && clients > 0 && <Trans>Missing: <strong>{people}</strong>.</Trans>}
      {!lacksVolume && clients === 0 && <Trans>Nothing is missing for {{ level: next.name }}.</Trans>}
    </p>
  );
}

