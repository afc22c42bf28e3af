import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useRef, useState } from "react";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { count } from "../lib/format";
import { useSteady } from "../lib/steady";
import { moment, zoneName } from "../lib/time";
import { Choice } from "../parts/field";
import { Icon } from "../parts/icon";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { most, useEventTypes, useNews, useStored, type Event } from "./feed";

type Start = "oldest" | "latest";

/** The feed that programs read: from the oldest stored event, or what happens from now on. */
export function Events() {
  const types = useEventTypes();
  const [type, setType] = useState("");
  const [start, setStart] = useState<Start>("oldest");
  const about = types.data?.find((one) => one.type === type)?.description;
  const starts: [Start, string][] = [["oldest", t`From the oldest`], ["latest", t`From now on`]];
  return (
    <div class="stack gap12">
      <div class="row wrap feed-head">
        <Choice
          label={t`Type`} value={type} onValue={setType}
          options={[{ value: "", text: t`all types` }, ...(types.data ?? []).map((one) => ({ value: one.type, text: one.type }))]}
        />
        <div class="field">
          <span class="label"><Trans>Begin</Trans></span>
          <span class="seg" role="group" aria-label={t`Where the feed begins`}>
            {starts.map(([name, words]) => <button key={name} type="button" aria-pressed={start === name} onClick={() => setStart(name)}>{words}</button>)}
          </span>
        </div>
      </div>
      {about && <p class="ink2">{about}</p>}
      {start === "latest" ? <News key={type} type={type} /> : <Stored key={type} type={type} />}
    </div>
  );
}

/** What happens from now on, newest first. */
function News({ type }: { type: string }) {
  const news = useNews(type);
  const { events = [], many = 0 } = news.data ?? {};
  return (
    <>
      {news.isError && <ProblemNote problem={asProblem(news.error)} what={t`The events could not be loaded.`} onAgain={() => void news.refetch()} />}
      {news.isPending && <Skeleton lines={8} height={320} />}
      {news.data && <p class="small muted" role="status">{plural({ count: many }, { one: "# event since you began; new ones appear by themselves.", other: "# events since you began; new ones appear by themselves." })}</p>}
      {news.data && many === 0 && <Empty title={t`Nothing has happened yet`}><p><Trans>An event appears here a second or two after it happens.</Trans></p></Empty>}
      {many > 0 && <List events={events} />}
      {many > most && <p class="small muted"><Trans>The list holds the newest {{ most: count(most) }} events.</Trans></p>}
    </>
  );
}

/** The stored events, oldest first. */
function Stored({ type }: { type: string }) {
  const stored = useStored(type);
  const parts = stored.data?.pages ?? [];
  const events = parts.flatMap((part) => part.data);
  const last = parts.at(-1);
  const next = () => void stored.fetchNextPage();
  const left = stored.data !== undefined && stored.data.pageParams[0] !== "";
  return (
    <>
      {stored.isError && <ProblemNote problem={asProblem(stored.error)} what={asProblem(stored.error).of("cursor") ?? t`The events could not be loaded.`} onAgain={() => (stored.data ? next() : void stored.refetch())} />}
      {stored.isPending && <Skeleton lines={8} height={320} />}
      {last && !last.has_more && events.length === 0 && <Empty title={t`No such events`}><p><Trans>Events are kept for 30 days.</Trans></p></Empty>}
      {left && <p class="small muted"><Trans>The list holds {{ most: count(most) }} events. Earlier ones have left it.</Trans></p>}
      {events.length > 0 && <List events={events} />}
      {last?.has_more && <div class="row"><button class="btn" type="button" disabled={stored.isFetching} onClick={next}><Trans>Show later events</Trans></button></div>}
      {last && !last.has_more && events.length > 0 && <p class="small muted"><Trans>These are all events so far.</Trans></p>}
    </>
  );
}

function List({ events }: { events: Event[] }) {
  const [opened, setOpened] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  useSteady(box, events);
  return (
    <div class="tbl steady" ref={box}>
      <div class="scroll" tabIndex={0} role="region" aria-label={t`Events`}>
        <table>
          <thead><tr><th scope="col"><Trans>Time, {{ zone: zoneName() }}</Trans></th><th scope="col"><Trans>Type</Trans></th><th scope="col" class="h"><Trans>Id</Trans></th></tr></thead>
          <tbody>
            {events.map((event) => (
              <Row key={event.id} event={event} open={opened === event.id} onOpen={() => setOpened(opened === event.id ? undefined : event.id)} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Row({ event, open, onOpen }: { event: Event; open: boolean; onOpen: () => void }) {
  const text = JSON.stringify(event, null, 2);
  return (
    <>
      <tr class={open ? "sel" : undefined}>
        <td>{moment(event.timestamp)}</td>
        <td><button class="link" type="button" aria-expanded={open} onClick={onOpen}>{event.type}</button></td>
        <td class="h muted trunc">{event.id}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={3} class="whole">
            <pre class="codebox" tabIndex={0} role="region" aria-label={t`Event ${{ id: event.id }}`}>{text}</pre>
            <button class="btn sm" type="button" onClick={() => void copy(text)}><Icon name="copy" /><Trans>Copy</Trans></button>
          </td>
        </tr>
      )}
    </>
  );
}
