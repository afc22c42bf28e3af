import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { clock, moment, zoneName } from "../lib/time";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { agentName } from "./agent-name";

const key = ["sessions"];

interface Session {
  id: string;
  current: boolean;
  logged_in_at: string;
}

/**
 * Returns one session for each log-in, which is the newest. A renewed token has a
 * session of its own, which ends together with the original one.
 */
export function oneEach<One extends Session>(sessions: One[]): One[] {
  const kept = new Map<string, One>();
  for (const session of sessions) {
    const before = kept.get(session.logged_in_at);
    if (!before || session.current) kept.set(session.logged_in_at, session);
  }
  return [...kept.values()];
}

/** Lists the browsers and programs in which the partner is signed in. */
export function Sessions() {
  const queries = useQueryClient();
  const sessions = useQuery({ queryKey: key, queryFn: () => value(api.GET("/api/v1/sessions/", { params: { query: { limit: 1000 } } })) });
  const done = (words: string) => {
    void queries.invalidateQueries({ queryKey: key });
    say(words);
  };
  const end = useMutation({
    mutationFn: (id: string) => value(api.DELETE("/api/v1/sessions/{session_id}/", { params: { path: { session_id: id } } })),
    onSuccess: () => done(t`That session has ended.`),
  });
  const others = useMutation({ mutationFn: () => value(api.DELETE("/api/v1/sessions/")), onSuccess: () => done(t`All other sessions have ended.`) });
  const list = oneEach(sessions.data?.data ?? []);
  const problem = end.error ?? others.error;
  return (
    <Panel
      title={t`Signed in`} flush
      end={list.length > 1 && <button class="link small" type="button" disabled={others.isPending} onClick={() => others.mutate()}><Trans>Sign out everywhere else</Trans></button>}
    >
      {Boolean(problem) && <div class="body"><ProblemNote problem={asProblem(problem)} what={t`The session was not ended.`} /></div>}
      {sessions.isError && !sessions.data && <div class="body"><ProblemNote problem={asProblem(sessions.error)} what={t`The sessions could not be loaded.`} onAgain={() => void sessions.refetch()} /></div>}
      {sessions.isPending && <div class="body"><Skeleton lines={3} height={120} /></div>}
      <ul class="list">
        {list.map((session) => (
          <li key={session.id}>
            <span class="grow">
              <span class="strong">{session.current ? t`This browser` : agentName(session.user_agent)}</span><br />
              <span class="l2">{session.current && `${agentName(session.user_agent)} · `}{session.address} · {moment(session.logged_in_at)} {zoneName()}</span>
            </span>
            {session.current
              ? <span class="small muted"><Trans>until {{ time: clock(session.expires_at, false) }} {{ zone: zoneName() }}, longer while in use</Trans></span>
              : <button class="btn sm" type="button" disabled={end.isPending} onClick={() => end.mutate(session.id)}><Trans>Sign out</Trans></button>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
