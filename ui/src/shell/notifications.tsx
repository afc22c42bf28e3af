import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { now } from "../lib/now";
import { clock, dateOf } from "../lib/time";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { ProblemNote, Skeleton } from "../parts/states";

export const useNotifications = (limit: number) =>
  useQuery({
    queryKey: ["notifications", limit],
    queryFn: () => value(api.GET("/api/notifications/", { params: { query: { limit } } })),
    refetchInterval: 60_000,
  });

/**
 * Formats the time of today's notifications, such as "14:05", and the day of older
 * ones, such as "26 Nov".
 */
export function shortTime(at: string): string {
  return dateOf(at) === dateOf(new Date(now())) ? clock(at, false) : dateOf(at, false);
}

/** Lists the notifications. The bell opens the list. */
export function Notifications() {
  const list = useNotifications(20);
  const queries = useQueryClient();
  const unread = list.data?.totals.unread ?? 0;
  const read = useMutation({
    mutationFn: () => value(api.POST("/api/notifications/read/", { body: { all: true } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["notifications"] }),
  });
  return (
    <Popover
      class="notices" buttonClass="btn quiet icon"
      label={unread > 0 ? t`Notifications, ${unread} unread` : t`Notifications`}
      button={<><Icon name="bell" />{unread > 0 && <span class="unread" />}</>}
    >
      <div class="row between pop-head">
        <h2><Trans>Notifications</Trans></h2>
        {unread > 0 && (
          <button class="link small" type="button" disabled={read.isPending} onClick={() => read.mutate()}><Trans>Mark all as read</Trans></button>
        )}
      </div>
      {read.isError && <ProblemNote problem={asProblem(read.error)} what={t`The notifications could not be marked as read.`} />}
      {list.isError && !list.data && <ProblemNote problem={asProblem(list.error)} onAgain={() => void list.refetch()} />}
      {list.isPending && <Skeleton lines={4} />}
      {list.data && <NoticeList notices={list.data.data} />}
    </Popover>
  );
}

interface Notice {
  id: string;
  title: string;
  body: string;
  created: string;
  read: string | null;
}

export function NoticeList({ notices }: { notices: Notice[] }) {
  if (notices.length === 0) return <p class="muted pad"><Trans>Nothing has happened yet.</Trans></p>;
  return (
    <ul class="list">
      {notices.map((notice) => (
        <li key={notice.id} class="top">
          <span class="grow"><bdi class="strong">{notice.title}</bdi><br /><bdi class="ink2">{notice.body}</bdi></span>
          <time class="small muted" dateTime={notice.created}>{shortTime(notice.created)}</time>
        </li>
      ))}
    </ul>
  );
}
