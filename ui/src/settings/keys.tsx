import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { useMutation } from "../lib/mutation";
import { now } from "../lib/now";
import { dateOf, moment, zoneName } from "../lib/time";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";
import { Panel } from "../parts/panel";
import { Sheet } from "../parts/sheet";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { NewKey } from "./new-key";

interface Key {
  id: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export function Keys() {
  const [makes, setMakes] = useState(false);
  const [made, setMade] = useState<{ name: string; key: string }>();
  const [revoked, setRevoked] = useState<Key>();
  const keys = useQuery({ queryKey: ["keys"], queryFn: () => value(api.GET("/api/v1/api-keys/", { params: { query: { limit: 100 } } })) });
  const list = keys.data?.data ?? [];
  return (
    <Panel
      title={t`API keys`} sub={<Trans>a program’s own way in; never your password</Trans>} flush
      end={<button class="btn" type="button" onClick={() => setMakes(true)}><Icon name="plus" /><Trans>New key</Trans></button>}
    >
      {made && <div class="body"><Made name={made.name} secret={made.key} /></div>}
      {keys.isError && !keys.data && <div class="body"><ProblemNote problem={asProblem(keys.error)} what={t`The keys could not be loaded.`} onAgain={() => void keys.refetch()} /></div>}
      {keys.isPending && <div class="body"><Skeleton lines={3} height={120} /></div>}
      {keys.data && list.length === 0 && <Empty title={t`No keys yet`}><p><Trans>Make one for each of your programs, so that none of them needs your password.</Trans></p></Empty>}
      {list.length > 0 && <List keys={list} onRevoke={setRevoked} />}
      {makes && <NewKey onMade={(key) => { setMade(key); setMakes(false); }} onClose={() => setMakes(false)} />}
      {revoked && <Revoke one={revoked} onClose={() => setRevoked(undefined)} />}
    </Panel>
  );
}

/** Shows a key, which cannot be shown again. */
function Made({ name, secret }: { name: string; secret: string }) {
  return (
    <Note tone="green" icon="check">
      <div class="stack">
        <strong><Trans>Key “{name}” is made. Copy it now; it is never shown again.</Trans></strong>
        <div class="row wrap"><code class="wrap-any">{secret}</code><button class="btn sm" type="button" onClick={() => void copy(secret)}><Icon name="copy" /><Trans>Copy</Trans></button></div>
      </div>
    </Note>
  );
}

function List({ keys, onRevoke }: { keys: Key[]; onRevoke: (key: Key) => void }) {
  return (
    <div class="tbl">
      <div class="scroll" tabIndex={0} role="region" aria-label={t`List of the API keys`}>
        <table>
          <thead>
            <tr>
              <th scope="col"><Trans>Key</Trans></th>
              <th scope="col" class="h"><Trans>May</Trans></th>
              <th scope="col" class="h"><Trans>Last used, {{ zone: zoneName() }}</Trans></th>
              <th scope="col" class="h"><Trans>Expires</Trans></th>
              <th scope="col"><span class="vh"><Trans>Actions</Trans></span></th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <tr key={key.id}>
                <td class="two"><strong>{key.name}</strong><span class="l2">trb_{key.id}…</span></td>
                <td class="h">{key.scopes.map((scope) => <span key={scope} class="tag line scope">{scope}</span>)}</td>
                <td class="h">{key.last_used_at ? moment(key.last_used_at) : <span class="muted"><Trans>never</Trans></span>}</td>
                <td class="h"><Expiry at={key.expires_at} /></td>
                <td class="num"><button class="btn sm danger" type="button" aria-label={t`Revoke ${{ name: key.name }}`} onClick={() => onRevoke(key)}><Trans>Revoke</Trans></button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Expiry({ at }: { at: string | null }) {
  if (!at) return <Trans>never</Trans>;
  return Date.parse(at) < now() ? <span class="tag amber"><Trans>expired</Trans></span> : <>{dateOf(at)}</>;
}

function Revoke({ one, onClose }: { one: Key; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => value(api.DELETE("/api/v1/api-keys/{key_id}/", { params: { path: { key_id: one.id } } })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["keys"] });
      say(t`Key ${{ name: one.name }} works no more.`);
      onClose();
    },
  });
  return (
    <Sheet title={t`Revoke ${{ name: one.name }}`} narrow onClose={onClose}>
      <Note tone="amber" icon="warning"><Trans>A program that uses this key stops working at once. A key cannot be brought back.</Trans></Note>
      {revoke.isError && <ProblemNote problem={asProblem(revoke.error)} what={t`The key was not revoked.`} />}
      <div class="row end"><button class="btn danger" type="button" disabled={revoke.isPending} onClick={() => revoke.mutate()}><Trans>Revoke the key</Trans></button></div>
    </Sheet>
  );
}
