import { all } from "../lib/format";
import { useWidth } from "../lib/width";
import { top } from "./scale";

export interface Column {
  key: string;
  name: string;
  value: number;
  before?: number;
  part?: boolean; // true if the day is not over yet
}

interface ColumnsProps {
  columns: Column[];
  label: string;
  at?: number;
  onAt: (at: number | undefined) => void;
}

const left = 48;
const right = 4;

/** Draws a column for each day, and a short line for the same day of the previous period. */
export function Columns({ columns, label, at, onAt }: ColumnsProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const narrow = width > 0 && width < 480;
  const shown = narrow ? columns.slice(-14) : columns;
  const skipped = columns.length - shown.length;
  const high = narrow ? 200 : 220;
  const floor = high - 24;
  const ceiling = 12;
  const most = top(Math.max(...shown.map((column) => Math.max(column.value, column.before ?? 0))));
  const y = (value: number) => floor - (Math.max(0, value) / most) * (floor - ceiling);
  const step = (width - left - right) / shown.length;
  const bar = step * 0.62;
  const x = (index: number) => left + step * index + (step - bar) / 2;
  const labelled = (index: number) => (shown.length <= 10 ? true : index === 0 || index === shown.length - 1 || (index % 7 === 0 && index < shown.length - 3));

  function move(event: PointerEvent) {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - left) / step);
    if (index >= 0 && index < shown.length) onAt(index + skipped);
  }
  function key(event: KeyboardEvent) {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    onAt(Math.min(columns.length - 1, Math.max(skipped, (at ?? columns.length - 1) + by)));
  }

  return (
    <div ref={ref} class="chart-box" style={{ blockSize: high }}>
      {width > left + right && (
        <svg
          class="chart" width={width} height={high} viewBox={`0 0 ${width} ${high}`} role="img" aria-label={label} tabIndex={0}
          onPointerMove={move} onPointerLeave={() => onAt(undefined)} onKeyDown={key}
        >
          {[0, 1, 2, 3, 4].map((line) => {
            const value = (most / 4) * line;
            const at = Math.round(y(value)) + 0.5;
            return (
              <g key={line}>
                <line class={line ? "gl" : "ax"} x1={left} x2={width - right} y1={at} y2={at} />
                <text x={left - 8} y={at + 4} text-anchor="end">{all(Number(value.toPrecision(6)))}</text>
              </g>
            );
          })}
          {shown.map((column, index) => (
            <g key={column.key}>
              <rect class={column.part ? "b part" : "b"} x={x(index)} y={y(column.value)} width={bar} height={floor - y(column.value)} />
              {column.before !== undefined && (
                <line class="p" x1={x(index) - 2} x2={x(index) + bar + 2} y1={y(column.before)} y2={y(column.before)} />
              )}
              {labelled(index) && <text x={x(index) + bar / 2} y={high - 7} text-anchor="middle">{column.name}</text>}
            </g>
          ))}
          {at !== undefined && at >= skipped && (
            <line class="cross" x1={x(at - skipped) + bar / 2} x2={x(at - skipped) + bar / 2} y1={4} y2={floor} />
          )}
        </svg>
      )}
    </div>
  );
}
