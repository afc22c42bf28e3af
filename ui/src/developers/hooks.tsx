import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";
import { asProblem } from "../api/problem";
import { moment, zoneName } from "../lib/time";
import { Icon } from "../parts/icon";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { statusOf, useHooks, type Hook, type Kind } from "./data";
import { HookSheet } from "./hook-sheet";
import { Secret } from "./secret";

/** Lists all webhooks, or all postbacks. */
export function Hooks({ kind }: { kind: Kind }) {
  const hooks = useHooks(kind);
  const [makes, setMakes] = useState(false);
  const [made, setMade] = useState<{ name: string; secret: string }>();
  const list = hooks.data?.data ?? [];
  const webhooks = kind === "webhooks";
  return (
    <div class="stack gap12">
      <div class="row wrap">
        <p class="ink2 grow">
          {webhooks
            ? <Trans>A webhook sends events to your program as they happen. Each request is signed, and is repeated until your program answers.</Trans>
            : <Trans>A postback calls the address of a tracker when a client registers, deposits or trades.</Trans>}
        </p>
        <button class="btn primary" type="button" onClick={() => setMakes(true)}><Icon name="plus" />{webhooks ? t`New webhook` : t`New postback`}</button>
      </div>
      {made && <Secret title={t`“${{ name: made.name }}” is made. Copy its secret now; it is never shown again.`} secret={made.secret} />}
      {hooks.isError && !hooks.data && <ProblemNote problem={asProblem(hooks.error)} what={t`The list could not be loaded.`} onAgain={() => void hooks.refetch()} />}
      {hooks.isPending && <Skeleton lines={4} height={160} />}
      {hooks.data && list.length === 0 && (
        <Empty title={webhooks ? t`No webhooks yet` : t`No postbacks yet`}>
          <p>{webhooks ? <Trans>Make one to tell a program at once what happens.</Trans> : <Trans>Make one for a tracker that counts what your links bring.</Trans>}</p>
        </Empty>
      )}
      {list.length > 0 && <List kind={kind} hooks={list} />}
      {makes && <HookSheet kind={kind} onMade={(hook) => { setMade({ name: hook.name || hook.url, secret: hook.secret }); setMakes(false); }} onClose={() => setMakes(false)} />}
    </div>
  );
}

function List({ kind, hooks }: { kind: Kind; hooks: Hook[] }) {
  return (
    <div class="tbl">
      <div class="scroll" tabIndex={0} role="region" aria-label={kind === "webhooks" ? t`Webhooks` : t`Postbacks`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Name and address</Trans></th>
              <th scope="col" class="h"><Trans>Events</Trans></th>
              <th scope="col" class="h"><Trans>Last answered, {{ zone: zoneName() }}</Trans></th>
              <th scope="col"><Trans>Status</Trans></th>
            </tr>
          </thead>
          <tbody>
            {hooks.map((hook) => {
              const { tone, words } = statusOf(hook);
              return (
                <tr key={hook.id}>
                  <td class="two"><Link class="strong" href={`/developers/${kind}/${hook.id}`}>{hook.name || hook.url}</Link><span class="l2 cut">{hook.method && `${hook.method} `}{hook.url}</span></td>
                  <td class="h trunc">{hook.events.length > 0 ? hook.events.join(", ") : t`all`}</td>
                  <td class="h">{hook.last_success ? moment(hook.last_success) : <span class="muted"><Trans>never</Trans></span>}</td>
                  <td><span class={`tag ${tone}`}>{words}</span></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}
