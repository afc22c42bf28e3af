import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { send } from "../api/client";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { moment, zoneName } from "../lib/time";
import { Choice } from "../parts/field";
import { Note } from "../parts/note";
import { Panel } from "../parts/panel";
import { Sheet } from "../parts/sheet";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { pathOf, post, postbackEvents, statusOf, useHook, type Delivery, type Hook, type Kind } from "./data";
import { Deliveries } from "./deliveries";
import { HookSheet } from "./hook-sheet";
import { Replay } from "./replay";
import { Secret } from "./secret";

/** Shows one webhook or postback with its deliveries. */
export function OneHook({ kind, id }: { kind: Kind; id: string }) {
  const hook = useHook(kind, id);
  const [opened, setOpened] = useState<string>(); // a delivery
  const problem = hook.isError ? asProblem(hook.error) : undefined;
  const back = <div class="crumbs below"><Link href={`/developers/${kind}`}>{kind === "webhooks" ? t`Webhooks` : t`Postbacks`}</Link> › <span>{hook.data?.name || hook.data?.url || id}</span></div>;
  if (problem && !hook.data) {
    return <>{back}{problem.status === 404
      ? <Empty title={t`It does not exist`}><p><Trans>It may have been deleted.</Trans></p></Empty>
      : <ProblemNote problem={problem} onAgain={() => void hook.refetch()} />}</>;
  }
  if (!hook.data) return <>{back}<Skeleton lines={6} height={240} /></>;
  return (
    <>
      {back}
      <div class="stack gap16">
        <About kind={kind} hook={hook.data} onTest={setOpened} />
        <Deliveries kind={kind} hook={hook.data} opened={opened} onOpened={setOpened} />
      </div>
    </>
  );
}

type Asked = "edit" | "replay" | "secret" | "delete";

function About({ kind, hook, onTest }: { kind: Kind; hook: Hook; onTest: (delivery: string) => void }) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked>();
  const [secret, setSecret] = useState<string>();
  const [event, setEvent] = useState(hook.events[0] ?? postbackEvents[0]!);
  const again = () => queries.invalidateQueries({ queryKey: ["hooks", kind] });
  const test = useMutation({
    mutationFn: () => send<Delivery>("POST", pathOf(kind, hook.id, "test"), kind === "postbacks" ? { event } : {}),
    onSuccess: (delivery) => { void again(); onTest(delivery.id); },
  });
  const turn = useMutation({
    mutationFn: () => send<Hook>("PATCH", pathOf(kind, hook.id), { status: hook.status === "active" ? "paused" : "active" }),
    onSuccess: () => again(),
  });
  const { tone, words } = statusOf(hook);
  const failed = test.error ?? turn.error;
  const on = hook.status === "active";
  return (
    <Panel title={hook.name || hook.url} end={<span class={`tag ${tone}`}>{words}</span>}>
      <div class="stack gap12">
        <dl class="kv start">
          <dt><Trans>Address</Trans></dt><dd class="wrap-any">{hook.method && `${hook.method} `}{hook.url}</dd>
          <dt><Trans>Events</Trans></dt><dd>{hook.events.length > 0 ? hook.events.map((one) => <span key={one} class="tag line scope">{one}</span>) : t`all`}</dd>
          <dt><Trans>Signed</Trans></dt><dd><Trans>according to Standard Webhooks, with the secret that you got when you made it</Trans> · <button class="link" type="button" onClick={() => setAsked("secret")}><Trans>Replace the secret</Trans></button></dd>
          <dt><Trans>Last answered</Trans></dt><dd>{hook.last_success ? <>{moment(hook.last_success)} {zoneName()}</> : <Trans>never</Trans>}</dd>
          {hook.failing_since && <><dt><Trans>Failing since</Trans></dt><dd class="neg">{moment(hook.failing_since)} {zoneName()}</dd></>}
        </dl>
        {secret && <Secret title={t`The new secret signs from now on. Copy it now; it is never shown again. The old one signs, too, for 24 hours.`} secret={secret} />}
        {!on && <Note tone="amber" icon="warning"><Trans>Nothing is sent while it is off. What happens meanwhile is sent once it is on again, for at most 30 days.</Trans></Note>}
        {Boolean(failed) && <ProblemNote problem={asProblem(failed)} what={asProblem(failed).faults[0]?.message ?? t`Nothing was sent or changed.`} />}
        <div class="row wrap actions">
          {kind === "postbacks" && hook.events.length > 1 && <Choice label={t`Test with`} value={event} onValue={setEvent} options={hook.events.map((one) => ({ value: one, text: one }))} />}
          <button class="btn primary" type="button" disabled={!on || test.isPending} onClick={() => test.mutate()}><Trans>Send a test</Trans></button>
          <button class="btn" type="button" onClick={() => setAsked("edit")}><Trans>Edit</Trans></button>
          <button class="btn" type="button" disabled={!on} onClick={() => setAsked("replay")}><Trans>Send failed ones again</Trans></button>
          <span class="grow" />
          <button class="btn" type="button" disabled={turn.isPending} onClick={() => turn.mutate()}>{on ? t`Pause` : t`Switch on`}</button>
          <button class="btn danger" type="button" onClick={() => setAsked("delete")}><Trans>Delete</Trans></button>
        </div>
      </div>
      {asked === "edit" && <HookSheet kind={kind} hook={hook} onClose={() => setAsked(undefined)} />}
      {asked === "replay" && <Replay kind={kind} hook={hook} onClose={() => setAsked(undefined)} />}
      {asked === "secret" && <NewSecret kind={kind} hook={hook} onMade={(made) => { setSecret(made); setAsked(undefined); }} onClose={() => setAsked(undefined)} />}
      {asked === "delete" && <Delete kind={kind} hook={hook} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

function NewSecret({ kind, hook, onMade, onClose }: { kind: Kind; hook: Hook; onMade: (secret: string) => void; onClose: () => void }) {
  const make = useMutation({ mutationFn: () => post<{ secret: string }>(pathOf(kind, hook.id, "secret"), { overlap_hours: 24 }), onSuccess: (made) => onMade(made.secret) });
  return (
    <Sheet title={t`Replace the secret`} narrow onClose={onClose}>
      <Note><Trans>Deliveries carry signatures of both secrets for 24 hours, so that your program has time to take the new one.</Trans></Note>
      {make.isError && <ProblemNote problem={asProblem(make.error)} what={t`The secret was not replaced.`} />}
      <div class="row end"><button class="btn primary" type="button" disabled={make.isPending} onClick={() => make.mutate()}><Trans>Make a new secret</Trans></button></div>
    </Sheet>
  );
}

function Delete({ kind, hook, onClose }: { kind: Kind; hook: Hook; onClose: () => void }) {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const name = hook.name || hook.url;
  const remove = useMutation({
    mutationFn: () => send("DELETE", pathOf(kind, hook.id)),
    onSuccess: () => {
      onClose();
      navigate(`/developers/${kind}`);
      queries.removeQueries({ queryKey: ["hooks", kind, hook.id] });
      void queries.invalidateQueries({ queryKey: ["hooks", kind], exact: true });
      say(t`“${name}” is deleted.`);
    },
  });
  return (
    <Sheet title={t`Delete “${name}”`} narrow onClose={onClose}>
      <Note tone="amber" icon="warning"><Trans>Nothing will be sent to this address any more, and the log is deleted too. This cannot be undone.</Trans></Note>
      {remove.isError && <ProblemNote problem={asProblem(remove.error)} what={t`It was not deleted.`} />}
      <div class="row end"><button class="btn danger" type="button" disabled={remove.isPending} onClick={() => remove.mutate()}><Trans>Delete</Trans></button></div>
    </Sheet>
  );
}
