import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../api/client";
import { asProblem } from "../api/problem";
import { edited } from "../lib/edited";
import { useMutation } from "../lib/mutation";
import { CodeStep, useCode } from "../parts/code-step";
import { Choice, Field } from "../parts/field";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { pathOf, post, postbackEvents, type Hook, type Kind } from "./data";
import { useEventTypes } from "./feed";

interface Props {
  kind: Kind;
  hook?: Hook; // to change; otherwise a new one is made
  onMade?: (hook: Hook & { secret: string }) => void;
  onClose: () => void;
}

type Draft = Pick<Hook, "name" | "url" | "events" | "method">;

const draftOf = (kind: Kind, hook?: Hook): Draft => ({
  name: hook?.name ?? "", url: hook?.url ?? "", events: hook?.events ?? (kind === "postbacks" ? postbackEvents : []),
  ...(kind === "postbacks" ? { method: hook?.method ?? "GET" } : {}),
});

/** Tokens, which are values of the message because a catalogue reads braces as its own. */
const [click, event, amount] = ["{click_id}", "{event}", "{amount_usd}"];

/**
 * Makes or changes a webhook or a postback. The server asks for a code only if
 * none of the partner's webhooks calls the host yet, so the first try goes
 * without one.
 */
export function HookSheet({ kind, hook, onMade, onClose }: Props) {
  const [first] = useState(() => draftOf(kind, hook));
  const [name, setName] = useState(first.name);
  const [url, setUrl] = useState(first.url);
  const [events, setEvents] = useState(first.events);
  const [method, setMethod] = useState(first.method ?? "GET");
  const [asks, setAsks] = useState(false);
  const queries = useQueryClient();
  const webhooks = kind === "webhooks";
  const code = useCode("CREATE_WEBHOOK", asks ? { url: url.trim() } : undefined);
  const save = useMutation({
    mutationFn: async () => {
      const body: Draft = { name: name.trim(), url: url.trim(), events, ...(webhooks ? {} : { method }) };
      const headers: Record<string, string> = asks ? { "X-Temporary-Token": await code.complete() } : {};
      return hook ? send<Hook>("PATCH", pathOf(kind, hook.id), edited(first, body), headers) : post<Hook & { secret: string }>(pathOf(kind), body, headers);
    },
    onSuccess: (saved) => {
      void queries.invalidateQueries({ queryKey: ["hooks", kind] });
      if ("secret" in saved) onMade?.(saved as Hook & { secret: string });
      else {
        say(t`The changes are saved.`);
        onClose();
      }
    },
    onError: (error) => {
      if (asProblem(error).has("X-Temporary-Token", "verification_required")) setAsks(true);
    },
  });
  const problem = save.isError && asProblem(save.error) !== code.problem && !asProblem(save.error).has("X-Temporary-Token", "verification_required") ? asProblem(save.error) : undefined;
  const eventFault = problem?.faults.find((fault) => fault.field.startsWith("events"))?.message;
  const known = problem && (problem.of("url") || problem.of("name") || problem.of("method") || eventFault);
  const change = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setAsks(false);
  };
  const title = hook ? t`Change ${{ name: hook.name || hook.url }}` : webhooks ? t`New webhook` : t`New postback`;
  return (
    <Sheet title={title} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (url.trim() && (!asks || code.ready)) save.mutate(); }}>
        <Field label={t`Name`} value={name} onValue={setName} fault={problem?.of("name")} hint={<Trans>For you alone. It may stay empty.</Trans>} autoFocus />
        <Field
          label={t`Address`} type="url" value={url} onValue={change(setUrl)} fault={problem?.of("url")} placeholder="https://"
          hint={webhooks
            ? <Trans>A public address of your program. It must answer within 15 seconds.</Trans>
            : <Trans>Write tokens in braces where values belong, such as {click}, {event} and {amount}. Each parameter of your links is a token, too.</Trans>}
        />
        {!webhooks && <Choice label={t`Method`} value={method} onValue={(next) => setMethod(next as "GET" | "POST")} fault={problem?.of("method")} options={[{ value: "GET", text: "GET" }, { value: "POST", text: t`POST, with all tokens as JSON` }]} />}
        <EventChoice kind={kind} chosen={events} onChosen={setEvents} fault={eventFault} />
        {asks && (
          <>
            <Note icon="lock"><Trans>None of your webhooks calls this host yet. It would get data about your clients, so you need a code.</Trans></Note>
            <CodeStep code={code} label={t`Code to send to ${{ host: hostOf(url) }}`} />
          </>
        )}
        {problem && !known && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`Nothing was saved.`} />}
        <div class="row end">
          <button class="btn primary" type="submit" disabled={!url.trim() || save.isPending || (asks && !code.ready)}>
            {hook ? <Trans>Save the changes</Trans> : webhooks ? <Trans>Make the webhook</Trans> : <Trans>Make the postback</Trans>}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url.trim()).host;
  } catch {
    return url;
  }
}

/** Which events are sent. A webhook without any gets all, also those of later versions. */
function EventChoice({ kind, chosen, onChosen, fault }: { kind: Kind; chosen: string[]; onChosen: (events: string[]) => void; fault?: string }) {
  const types = useEventTypes();
  const all = kind === "postbacks" ? postbackEvents.map((type) => ({ type, description: "" })) : types.data ?? [];
  const toggle = (type: string) => onChosen(chosen.includes(type) ? chosen.filter((one) => one !== type) : [...chosen, type]);
  return (
    <fieldset class="plain">
      <legend class="label"><Trans>Events</Trans></legend>
      <p class="small muted">{kind === "webhooks" && chosen.length === 0 ? <Trans>If you choose none, all events are sent.</Trans> : <Trans>Only the chosen events are sent.</Trans>}</p>
      <div class="event-types" tabIndex={0} role="group" aria-label={t`Events`}>
        {all.map((one) => (
          <label class="check" key={one.type} title={one.description || undefined}><input type="checkbox" checked={chosen.includes(one.type)} onChange={() => toggle(one.type)} />{one.type}</label>
        ))}
      </div>
      {fault && <span class="err" role="alert">{fault}</span>}
    </fieldset>
  );
}
