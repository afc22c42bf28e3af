import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "../api/problem";
import { count } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { clock, moment, zoneName } from "../lib/time";
import { Panel } from "../parts/panel";
import { Sheet } from "../parts/sheet";
import { mostRows, ShowMore } from "../parts/show-more";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { outcome, pathOf, post, useDeliveries, useDelivery, type Attempt, type Delivery, type Hook, type Kind } from "./data";

interface Props {
  kind: Kind;
  hook: Hook;
  opened?: string;
  onOpened: (delivery?: string) => void;
}

/** Lists the deliveries, newest first. */
export function Deliveries({ kind, hook, opened, onOpened }: Props) {
  const [status, setStatus] = useState("");
  const [limit, setLimit] = useState(50);
  const deliveries = useDeliveries(kind, hook.id, status, limit);
  const { data: list = [], totals } = deliveries.data ?? {};
  const choices: [string, string][] = [["", t`All`], ["pending", t`Waiting`], ["delivered", t`Answered`], ["failed", t`Given up`]];
  return (
    <Panel
      title={t`Deliveries`} sub={totals && plural({ count: totals.count }, { one: "#, kept for 30 days", other: "#, kept for 30 days" })} flush
      end={
        <span class="seg" role="group" aria-label={t`Which deliveries`}>
          {choices.map(([name, words]) => <button key={name} type="button" aria-pressed={status === name} onClick={() => setStatus(name)}>{words}</button>)}
        </span>
      }
    >
      {deliveries.isError && !deliveries.data && <div class="body"><ProblemNote problem={asProblem(deliveries.error)} what={t`The log could not be loaded.`} onAgain={() => void deliveries.refetch()} /></div>}
      {deliveries.isPending && <div class="body"><Skeleton lines={5} height={180} /></div>}
      {deliveries.data && list.length === 0 && <Empty title={status ? t`No such delivery` : t`Nothing was sent yet`}><p><Trans>Send a test to see how your program answers.</Trans></p></Empty>}
      {list.length > 0 && (
        <div class="tbl">
          <div class="scroll" tabIndex={0} role="region" aria-label={t`List of deliveries`}>
            <table>
              <thead>
                <tr>
                  <th scope="col"><Trans>Time, {{ zone: zoneName() }}</Trans></th>
                  <th scope="col"><Trans>Event</Trans></th>
                  <th scope="col" class="h"><Trans>Message</Trans></th>
                  <th scope="col" class="num h"><Trans>Attempts</Trans></th>
                  <th scope="col"><Trans>Answer</Trans></th>
                  <th scope="col" class="h"><Trans>Next attempt</Trans></th>
                </tr>
              </thead>
              <tbody>{list.map((one) => <Line key={one.id} delivery={one} open={one.id === opened} onOpen={() => onOpened(one.id)} />)}</tbody>
            </table>
          </div>
        </div>
      )}
      {totals && list.length < totals.count && <div class="body"><ShowMore shown={list.length} of={totals.count} busy={deliveries.isPlaceholderData} onMore={() => setLimit(Math.min(limit + 100, mostRows))} /></div>}
      {opened && <One key={opened} kind={kind} hook={hook} id={opened} onClose={() => onOpened(undefined)} />}
    </Panel>
  );
}

function Line({ delivery, open, onOpen }: { delivery: Delivery; open: boolean; onOpen: () => void }) {
  const { tone, words } = outcome(delivery.status, delivery.last_status_code, delivery.last_problem);
  return (
    <tr class={open ? "sel" : undefined}>
      <td>{moment(delivery.created)}</td>
      <td><button class="link" type="button" onClick={onOpen}>{delivery.event}</button></td>
      <td class="h muted trunc">{delivery.message_id}</td>
      <td class="num h">{count(delivery.attempts)}</td>
      <td><span class={`tag ${tone}`}>{words}</span></td>
      <td class="h">{delivery.next_attempt ? moment(delivery.next_attempt) : <span class="muted">–</span>}</td>
    </tr>
  );
}

/** Shows one delivery: each attempt with its response, and a button to send it again. */
function One({ kind, hook, id, onClose }: { kind: Kind; hook: Hook; id: string; onClose: () => void }) {
  const delivery = useDelivery(kind, hook.id, id);
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => post<Delivery>(pathOf(kind, hook.id, "deliveries", id, "replay")),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["hooks", kind, hook.id] });
      say(t`It is sent again.`);
    },
  });
  const one = delivery.data;
  const log = one?.log ?? [];
  return (
    <Sheet
      title={one?.event ?? t`Delivery`} sub={one && `${one.message_id} · ${moment(one.created)} ${zoneName()}`} narrow onClose={onClose}
      foot={one && (
        <>
          <span class="grow" />
          <button class="btn primary" type="button" disabled={hook.status !== "active" || one.status === "pending" || again.isPending} onClick={() => again.mutate()}><Trans>Send again</Trans></button>
        </>
      )}
    >
      {delivery.isPending && <Skeleton lines={4} height={160} />}
      {delivery.isError && !one && <ProblemNote problem={asProblem(delivery.error)} what={t`The delivery could not be loaded.`} onAgain={() => void delivery.refetch()} />}
      {again.isError && <ProblemNote problem={asProblem(again.error)} what={asProblem(again.error).faults[0]?.message ?? t`It was not sent again.`} />}
      {one && log.length === 0 && <p class="ink2" role="status"><Trans>It is waiting to be sent.</Trans></p>}
      {log.length > 0 && <ol class="steps">{log.map((attempt) => <Step key={attempt.attempt} attempt={attempt} />)}</ol>}
      {one?.next_attempt && one.status === "pending" && log.length > 0 && <p class="small muted"><Trans>The next attempt is at {{ time: moment(one.next_attempt) }} {{ zone: zoneName() }}.</Trans></p>}
    </Sheet>
  );
}

function Step({ attempt }: { attempt: Attempt }) {
  const { words } = outcome("", attempt.status_code, attempt.problem);
  return (
    <li>
      <span>
        <strong>{words}</strong> <span class="muted"><Trans>in {{ milliseconds: count(attempt.took_ms) }} ms</Trans></span>
        {attempt.answer && <pre class="codebox">{attempt.answer}</pre>}
      </span>
      <time class="small muted" dateTime={attempt.at}>{clock(attempt.at)}</time>
    </li>
  );
}
