import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { Icon } from "../parts/icon";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { orderOf } from "../reports/orders-spec";
import type { Row } from "../table/cell";
import { useOrder, useOrderRows } from "./data";
import { Explanation } from "./explanation";
import { Actions, Amount } from "./head";

interface DrawerProps {
  opened: string; // key of the row
  row?: Row;
  step: (by: number) => void;
  close: () => void;
}

/** Shows the explanation beside the table from which it was opened. */
export function ExplainDrawer({ opened, ...props }: DrawerProps) {
  const id = orderOf(opened);
  const order = useOrder(id, props.row?.formula_code as string | undefined);
  const rows = useOrderRows(id).data ?? [];
  const drawer = useRef<HTMLElement>(null);
  const from = useRef(document.activeElement);
  useEffect(() => {
    drawer.current?.focus();
    document.documentElement.classList.add("beside");
    return () => {
      document.documentElement.classList.remove("beside");
      if (from.current instanceof HTMLElement) from.current.focus({ preventScroll: true });
    };
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") props.close();
    else if (event.key === "ArrowDown") props.step(1);
    else if (event.key === "ArrowUp") props.step(-1);
    else return;
    event.preventDefault();
  }
  return (
    <aside class="drawer" ref={drawer} tabIndex={-1} aria-labelledby="explained" onKeyDown={onKeyDown}>
      <div class="dh">
        <div class="grow stack gap4">
          <div class="crumbs"><Trans>Order</Trans> <Link href={`/explain/${id}`}>{id}</Link></div>
          {order.data ? <Amount order={order.data} rows={rows} id="explained" /> : <h2 id="explained"><Trans>Why this reward</Trans></h2>}
        </div>
        <div class="row gap4">
          <button class="btn icon quiet" type="button" aria-label={t`Row above`} onClick={() => props.step(-1)}><Icon name="up" /></button>
          <button class="btn icon quiet" type="button" aria-label={t`Row below`} onClick={() => props.step(1)}><Icon name="down" /></button>
          <button class="btn icon quiet" type="button" aria-label={t`Copy link to this explanation`} onClick={() => void copy(`${location.origin}/explain/${id}`)}><Icon name="link" /></button>
          <button class="btn icon quiet" type="button" aria-label={t`Close`} onClick={props.close}><Icon name="close" /></button>
        </div>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label={t`Explanation`}>
        <Content id={id} order={order} rows={rows} />
      </div>
      {order.data && <div class="df"><Actions order={order.data} /></div>}
    </aside>
  );
}

export function Content({ id, order, rows }: { id: string; order: ReturnType<typeof useOrder>; rows: Row[] }) {
  if (order.data) return <Explanation order={order.data} rows={rows} />;
  if (!order.isError) return <Skeleton lines={8} height={400} />;
  const problem = asProblem(order.error);
  if (problem.status === 404) {
    return <Empty title={t`There is no order ${id}`}><p><Trans>It may be another partner’s, or it has not closed yet.</Trans></p></Empty>;
  }
  return <ProblemNote problem={problem} what={t`The explanation could not be loaded.`} onAgain={() => void order.refetch()} />;
}
