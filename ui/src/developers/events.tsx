import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, get, value } from "../api/client";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { moment, zoneName } from "../lib/time";
import { Choice } from "../parts/field";
import { Icon } from "../parts/icon";
import { Empty, ProblemNote, Skeleton } from "../parts/states";

interface Event {
  id: string;
  type: string;
  timestamp: string;
  data: object;
}

interface Part {
  data: Event[];
  next_cursor: string;
  has_more: boolean;
}

export const useEventTypes = () =>
  useQuery({ queryKey: ["event-types"], queryFn: async () => (await value(api.GET("/api/v1/events/types/"))).data, staleTime: Infinity });

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
      <Feed key={`${start} ${type}`} start={start} type={type} />
    </div>
  );
}

function Feed({ start, type }: { start: Start; type: string }) {
  const live = start === "latest";
  const feed = useInfiniteQuery({
    queryKey: ["events", start, type],
    initialPageParam: live ? "latest" : "",
    queryFn: ({ pageParam, signal }) => get<Part>("/api/v1/events/", { limit: "50", ...(pageParam ? { cursor: pageParam } : {}), ...(live && pageParam !== "latest" ? { wait: "20" } : {}), ...(type ? { type } : {}) }, signal),
    getNextPageParam: (last) => last.next_cursor,
    gcTime: 0, staleTime: Infinity, refetchOnWindowFocus: false, meta: { once: true },
  });
  const next = () => void feed.fetchNextPage();
  const parts = feed.data?.pages ?? [];
  const events = parts.flatMap((part) => part.data);
  const last = parts.at(-1);
  const ready = live && last !== undefined && !feed.isError && !feed.isFetching;
  useEffect(() => {
    if (!ready) return;
    const timer = setTimeout(next, 500);
    return () => clearTimeout(timer);
  }, [ready]);
  const shown = live ? [...events].reverse() : events;
  return (
    <>
      {feed.isError && <ProblemNote problem={asProblem(feed.error)} what={asProblem(feed.error).of("cursor") ?? t`The events could not be loaded.`} onAgain={() => void (feed.data ? feed.fetchNextPage() : feed.refetch())} />}
      {feed.isPending && <Skeleton lines={8} height={320} />}
      {live && last && <p class="small muted" role="status">{plural({ count: events.length }, { one: "# event since you began; new ones appear by themselves.", other: "# events since you began; new ones appear by themselves." })}</p>}
      {last && !last.has_more && events.length === 0 && (live
        ? <Empty title={t`Nothing has happened yet`}><p><Trans>An event appears here a second or two after it happens.</Trans></p></Empty>
        : <Empty title={t`No such events`}><p><Trans>Events are kept for 30 days.</Trans></p></Empty>)}
      {shown.length > 0 && <List events={shown} />}
      {!live && last?.has_more && <div class="row"><button class="btn" type="button" disabled={feed.isFetching} onClick={next}><Trans>Show later events</Trans></button></div>}
      {!live && last && !last.has_more && events.length > 0 && <p class="small muted"><Trans>These are all events so far.</Trans></p>}
    </>
  );
}

function List({ events }: { events: Event[] }) {
  const [opened, setOpened] = useState<string>();
  return (
    <div class="tbl">
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
