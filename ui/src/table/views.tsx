import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "react";
import { Link } from "wouter";
import { get, send } from "../api/client";
import { asProblem } from "../api/problem";
import type { CatalogueReport } from "../api/queries";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { ProblemNote } from "../parts/states";
import { canonical, type Viewed } from "./view";

interface Saved {
  uid: string;
  name: string;
  query: string;
}

const address = "/api/v1/views/";

/**
 * The saved views of a screen, as tabs. A view is an address with a name, so its
 * tab is a link. The tab of the address that is open is the current one.
 */
export function Views({ viewed, report }: { viewed: Viewed; report: CatalogueReport }) {
  const { screen, query, usual } = viewed;
  const list = useQuery({
    queryKey: ["views", screen],
    queryFn: ({ signal }) => get<{ data: Saved[] }>(address, { screen }, signal),
    staleTime: 60_000,
  });
  const saved = list.data?.data ?? [];
  const current = saved.find((one) => canonical(one.query, report) === query);
  const [last, setLast] = useState<string>(); // the view that was open before the address changed
  useEffect(() => {
    if (current || query === usual) setLast(current?.uid);
  }, [current?.uid, query, usual]);
  const tabs = useRef<HTMLElement>(null);
  const changed = current || query === usual ? undefined : saved.find((one) => one.uid === last);
  const opened = current?.name ?? "";
  const to = (one: string) => (one ? `${screen}?${one}` : screen);
  const replace = useChange(screen, () => send("PATCH", `${address}${changed?.uid}/`, { query }));
  const sent = useRef(false);
  useEffect(() => {
    // A saved view has no button to save it, so its tab gets the focus.
    if (sent.current && !changed && document.activeElement === document.body) tabs.current?.querySelector<HTMLElement>("[aria-current]")?.focus();
    sent.current = false;
  }, [changed === undefined]);
  const problem = changed && replace.isError ? asProblem(replace.error) : undefined;
  const id = useId();
  return (
    <>
      <div class="views">
        <nav class="tabs" ref={tabs} aria-label={t`Saved views`}>
          <Link href={screen} aria-current={!current && query === usual ? "page" : undefined}><Trans>Default view</Trans></Link>
          {saved.map((one) => (
            <Link key={one.uid} href={to(one.query)} aria-current={one === current ? "page" : undefined}><bdi>{one.name}</bdi></Link>
          ))}
        </nav>
        {changed && <Replace name={changed.name} busy={replace.isPending} fault={problem && id} onClick={() => { sent.current = true; replace.mutate(); }} />}
        {current ? (
          <Popover label={t`Change the view ${opened}`} button={<Icon name="menu" />} buttonClass="btn quiet icon sm">
            {(close) => <Edit one={current} viewed={viewed} close={close} />}
          </Popover>
        ) : list.data && (
          <Popover label={t`Save view`} button={<><Icon name="plus" /><Trans>Save view</Trans></>} buttonClass="btn quiet sm">
            {(close) => <New viewed={viewed} close={close} />}
          </Popover>
        )}
      </div>
      {problem && <div class="views-fault" id={id} role="alert"><ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The view could not be saved.`} /></div>}
    </>
  );
}

/** Returns a mutation of views that shows the changed list. */
function useChange<V>(screen: string, change: (value: V) => Promise<unknown>, done?: () => void) {
  const queries = useQueryClient();
  return useMutation<unknown, V>({
    mutationFn: change,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["views", screen] });
      done?.();
    },
  });
}

function Replace({ name, busy, fault, onClick }: { name: string; busy: boolean; fault?: string; onClick: () => void }) {
  // A disabled button would lose the focus.
  return (
    <button class="btn quiet sm" type="button" aria-disabled={busy} aria-describedby={fault} onClick={() => busy || onClick()}>
      <Trans>Save <bdi>{name}</bdi></Trans>
    </button>
  );
}

function New({ viewed: { screen, query }, close }: { viewed: Viewed; close: () => void }) {
  const body = (name: string) => ({ screen, name, query });
  const create = useChange(screen, (name: string) => once("save view", body(name), (key) => send("POST", address, body(name), { "Idempotency-Key": key })), close);
  return <Name title={t`Save view`} first="" change={create} what={t`The view could not be saved.`} button={<Trans>Save</Trans>} />;
}

function Edit({ one, viewed, close }: { one: Saved; viewed: Viewed; close: () => void }) {
  const rename = useChange(viewed.screen, (name: string) => send("PATCH", `${address}${one.uid}/`, { name }), close);
  const remove = useChange(viewed.screen, () => send("DELETE", `${address}${one.uid}/`), close);
  return (
    <>
      <Name title={t`Change view`} first={one.name} change={rename} what={t`The view could not be renamed.`} button={<Trans>Rename</Trans>} />
      <div class="pad">
        {remove.isError && <ProblemNote problem={asProblem(remove.error)} what={t`The view could not be deleted.`} />}
        <button class="btn quiet" type="button" aria-disabled={remove.isPending} onClick={() => remove.isPending || remove.mutate()}><Trans>Delete view</Trans></button>
      </div>
    </>
  );
}

interface NameProps {
  title: string;
  first: string;
  change: ReturnType<typeof useChange<string>>;
  what: string;
  button: ComponentChildren;
}

function Name({ title, first, change, what, button }: NameProps) {
  const [name, setName] = useState(first);
  const problem = change.isError ? asProblem(change.error) : undefined;
  const fault = problem?.of("name");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (fault) form.current?.querySelector("input")?.focus();
  }, [problem]);
  return (
    <form
      class="stack gap12 pad" aria-label={title} ref={form} noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!change.isPending && name.trim()) change.mutate(name.trim());
      }}
    >
      <Field
        label={t`Name of the view`} value={name} maxLength={100} required fault={fault}
        onValue={(typed) => {
          setName(typed);
          if (change.isError) change.reset();
        }}
      />
      {problem && !fault && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? what} />}
      <div class="row"><button class="btn primary" type="submit" aria-disabled={change.isPending} disabled={!name.trim()}>{button}</button></div>
    </form>
  );
}
