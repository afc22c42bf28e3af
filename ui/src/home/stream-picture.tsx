import { bandsAt, type Source } from "./bands";
import { percent } from "../lib/format";
import type { Stage } from "./streams";

interface PictureProps {
  sources: Source[];
  stages: Stage[];
  width: number;
  label: string;
}

const gaps = [0.08, 0.06, 0.04, 0.02, 0.001];
const thick = 12;

/** Returns the path of the band between two stages. down is true if stages lie below each other. */
function flow(down: boolean, at: number, next: number, from: [number, number], to: [number, number]): string {
  const half = (at + next) / 2;
  const point = (along: number, across: number) => (down ? `${across} ${along}` : `${along} ${across}`);
  return (
    `M${point(at, from[0])}C${point(half, from[0])} ${point(half, to[0])} ${point(next, to[0])}` +
    `L${point(next, to[1])}C${point(half, to[1])} ${point(half, from[1])} ${point(at, from[1])}Z`
  );
}

/** Draws the stages from left to right, or from top to bottom on a phone. */
export function StreamPicture({ sources, stages, width, label }: PictureProps) {
  const down = width < 480;
  const height = down ? 340 : 252;
  const [start, end] = down ? [10, height - 30] : [8, width - 20];
  const [low, high] = down ? [104, width - 2] : [46, height - 8];
  const along = (stage: number) => start + ((end - start) / (stages.length - 1)) * stage;
  const across = (share: number) => low + (high - low) * share;
  const bands = stages.map((_, stage) => bandsAt(sources, stage, gaps[stage] ?? 0));
  return (
    <svg class="chart" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {stages.slice(1).map((_, stage) =>
        sources.map((source, at) => {
          const from = bands[stage]![at]!;
          const to = bands[stage + 1]![at]!;
          return (
            <path
              key={`${stage} ${source.key}`} class={`flow s${at + 1}`}
              d={flow(down, along(stage) + thick, along(stage + 1), [across(from.from), across(from.to)], [across(to.from), across(to.to)])}
            />
          );
        }),
      )}
      {stages.map((stage, index) => (
        <g key={stage.name}>
          {sources.map((source, at) => {
            const { from, to } = bands[index]![at]!;
            const size = Math.max(to > from ? 1 : 0, across(to) - across(from));
            return down
              ? <rect key={source.key} class={`s${at + 1}`} y={along(index)} x={across(from)} height={thick} width={size} />
              : <rect key={source.key} class={`s${at + 1}`} x={along(index)} y={across(from)} width={thick} height={size} />;
          })}
          <StageLabel stage={stage} down={down} at={along(index)} last={index === stages.length - 1} />
        </g>
      ))}
      {!down && <Shares sources={sources} x={along(0) + 20} stage={0} gap={gaps[0]!} across={across} />}
    </svg>
  );
}

function StageLabel({ stage, down, at, last }: { stage: Stage; down: boolean; at: number; last: boolean }) {
  if (down) {
    return (
      <>
        <text x={0} y={at + 2}>{stage.name}</text>
        <text class="t" x={0} y={at + 19}>{stage.total}</text>
      </>
    );
  }
  const anchor = last ? "end" : "start";
  return (
    <>
      <text x={last ? at + thick : at} y={13} text-anchor={anchor}>{stage.name}</text>
      <text class="t" x={last ? at + thick : at} y={32} text-anchor={anchor}>{stage.total}</text>
    </>
  );
}

/** Writes each source's share of the first stage, if its band is high enough for the text. */
function Shares({ sources, x, stage, gap, across }: { sources: Source[]; x: number; stage: number; gap: number; across: (share: number) => number }) {
  const sum = sources.reduce((all, source) => all + source.values[stage]!, 0);
  return (
    <>
      {bandsAt(sources, stage, gap).map((band, at) => {
        const middle = (across(band.from) + across(band.to)) / 2;
        const part = sum > 0 ? Math.round((sources[at]!.values[stage]! / sum) * 100) : 0; // a whole number, because a band has little space
        return across(band.to) - across(band.from) >= 14 && <text key={sources[at]!.key} class="share" x={x} y={middle + 4}>{percent(part)}</text>;
      })}
    </>
  );
}
