import { plural } from "@lingui/core/macro";
import { Icon } from "../parts/icon";
import { show } from "./cell";
import type { Groups } from "./grouping";
import type { Group } from "./pages";
import type { Column } from "./spec";
import { spanOf } from "./totals";

interface GroupLineProps {
  id: string;
  index: number;
  group: Group;
  groups: Groups;
  columns: Column[];
  cursor: boolean;
  phone: boolean;
  height: number;
  onCursor: (index: number) => void;
}

/** Draws the header of a group: what its rows have in common, how many orders they are, and their sums. */
export function GroupLine({ id, index, group, groups, columns, cursor, phone, height, onCursor }: GroupLineProps) {
  const { sums } = group;
  const title = <bdi>{groups.title(sums)}</bdi>;
  const orders = plural({ count: Number(sums.orders_count ?? 0) }, { one: "# order", other: "# orders" });
  const sum = (column: Column | undefined) => (column?.number && sums[column.name] !== undefined ? show(sums[column.name], column.kind) : "");
  const sign = group.opens && <Icon name={group.open ? "down" : "right"} flip={!group.open} />;
  const span = spanOf(columns, sums);
  const last = columns.at(-1);
  return (
    <tr
      id={id} class={cursor ? "grp at" : "grp"} aria-rowindex={index + 1} aria-level={1} aria-expanded={group.opens ? group.open : undefined} style={{ blockSize: height }}
      onClick={() => {
        onCursor(index);
        if (group.opens && !getSelection()?.toString()) group.toggle();
      }}
    >
      {phone ? (
        <>
          <td>{sign} <span>{title}</span><span class="sub">{orders}</span></td>
          <td class="num">{sum(last)}</td>
        </>
      ) : (
        <>
          <td class="w">{sign}</td>
          <td colSpan={span}>{title} <span class="muted">· {orders}</span></td>
          {columns.slice(span).map((column) => <td key={column.name} class={column.number ? "num" : undefined}>{sum(column)}</td>)}
        </>
      )}
    </tr>
  );
}
