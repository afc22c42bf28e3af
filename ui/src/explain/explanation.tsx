import "../styles/explain.css";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { all, lots, setPercent } from "../lib/format";
import { clock, dateOf, duration, moment, zoneName } from "../lib/time";
import { Note } from "../parts/note";
import { isReversal } from "../reports/cells";
import type { Row } from "../table/cell";
import { explain, whyLess, type Block, type Explained, type Order } from "./formula";
import { WhereTheMoneyIs } from "./lines";

/** Shows every part of an order's explanation that the API provides. */
export function Explanation({ order, rows }: { order: Order; rows: Row[] }) {
  const explained = explain(order);
  return (
    <>
      <Traded order={order} row={rows.find((row) => !isReversal(row))} />
      {explained && <WorkedOut order={order} explained={explained} />}
      {explained && <WhyNotMore order={order} explained={explained} reversal={rows.find(isReversal)} />}
      <WhereTheMoneyIs id={order.order_id} />
    </>
  );
}

function Traded({ order, row }: { order: Order; row?: Row }) {
  const same = dateOf(order.open_date) === dateOf(order.close_date);
  const opened = moment(order.open_date);
  const closed = same ? clock(order.close_date) : moment(order.close_date);
  return (
    <section>
      <h3><Trans>What was traded</Trans></h3>
      <dl class="kv">
        <dt><Trans>Order</Trans></dt>
        <dd><Trans>{{ id: order.order_id }} · {{ symbol: order.symbol }} · {{ lots: lots(order.volume_lots) }} lots</Trans></dd>
        <dt><Trans>Client account</Trans></dt>
        <dd>
          {row && <><Link href={`/accounts?account=${row.client_account}`}>{String(row.client_account)}</Link> · </>}
          {order.client_account_type}
          {row && <> · <Trans>client <Link href={`/accounts?client=${row.client_uid}`}>{{ client: String(row.client_uid) }}</Link></Trans></>}
        </dd>
        <dt><Trans>Open → close, {{ zone: zoneName() }}</Trans></dt>
        <dd><bdi><Trans>{opened} → {closed}</Trans></bdi> <span class="muted">({duration(order.open_date, order.close_date)})</span></dd>
      </dl>
    </section>
  );
}

function WorkedOut({ order, explained }: { order: Order; explained: Explained }) {
  return (
    <section>
      <div class="row between">
        <h3><Trans>How the reward was worked out</Trans></h3>
        <span class="small muted">{order.formula_code}</span>
      </div>
      <p class="eq"><bdi>{explained.words}</bdi></p>
      {explained.blocks.map((block, at) => <Arithmetic key={at} block={block} />)}
    </section>
  );
}

/** Shows each factor on its own line. The last line is the product. */
function Arithmetic({ block }: { block: Block }) {
  const { result } = block;
  return (
    <div class="calc">
      <table>
        <tbody>
          {block.lines.map((line, at) => (
            <tr key={line.name}>
              <td class="op">{at === 0 ? "" : line.divides ? "÷" : "×"}</td>
              <td>{line.name}</td>
              <td class="num">{line.unit ? setPercent(line.value) : all(line.value)}</td>
              <td>{line.from}</td>
            </tr>
          ))}
          <tr class="res">
            <td class="op">=</td>
            <td>{result.name}</td>
            <td class="num">{all(result.value, result.value.split(".")[1]?.length)}</td>
            <td>{result.note}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}

/** Says what reduced the reward, or that nothing did. */
function WhyNotMore({ order, explained, reversal }: { order: Order; explained: Explained; reversal?: Row }) {
  return (
    <section>
      <h3><Trans>Why not more?</Trans></h3>
      <div class="stack">
        {reversal && (
          <Note tone="amber" icon="warning">
            <Trans>Taken back on {{ day: dateOf(String(reversal.close_date)) }}: the broker reversed the order.</Trans>
          </Note>
        )}
        {!explained.limited && <Note tone="river"><Trans>Nothing reduced this reward.</Trans></Note>}
        {explained.limited && <Note tone="amber">{whyLess(order, explained.product)}</Note>}
      </div>
    </section>
  );
}
