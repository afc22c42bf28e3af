import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import type { Params } from "../shell/screens";
import { useOrder, useOrderRows } from "./data";
import { Content } from "./drawer";
import { Actions, Amount } from "./head";

/** Shows an explanation on a page of its own, to which a mail can link. */
export default function ExplainPage({ params }: { params: Params }) {
  const id = decodeURIComponent(params.order ?? "");
  const order = useOrder(id);
  const rows = useOrderRows(id).data ?? [];
  return (
    <div class="explain-page">
      <div class="crumbs"><Link href="/orders"><Trans>Orders</Trans></Link> › <span>{id}</span></div>
      <div class="page-head keep"><h1><Trans>Why this reward</Trans></h1></div>
      <section class="panel body explained">
        {order.data && <div><Amount order={order.data} rows={rows} id="explained" /></div>}
        <Content id={id} order={order} rows={rows} />
        {order.data && <div class="row">{<Actions order={order.data} />}</div>}
      </section>
    </div>
  );
}
