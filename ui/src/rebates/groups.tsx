import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { count, setPercent } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { say } from "../parts/toast";
import { useGroups, useRefresh, type Group } from "./data";
import { GroupSheet, weekdays } from "./group-sheet";

export function Groups() {
  const groups = useGroups();
  const [edited, setEdited] = useState<Group>();
  const [deleted, setDeleted] = useState<Group>();
  if (groups.isError && !groups.data) return <ProblemNote problem={asProblem(groups.error)} what={t`The groups could not be loaded.`} onAgain={() => void groups.refetch()} />;
  if (!groups.data) return <Skeleton lines={5} height={180} />;
  if (groups.data.length === 0) {
    return <Empty title={t`No groups yet`}><p><Trans>A group says which percent of your reward its clients get back, and when.</Trans></p></Empty>;
  }
  return (
    <>
      <div class="tbl">
        <div class="scroll" tabIndex={0} role="region" aria-label={t`Groups`}>
          <table>
            <thead>
              <tr>
                <th scope="col"><Trans>Group</Trans></th>
                <th scope="col" class="num h"><Trans>Accounts</Trans></th>
                <th scope="col" class="h"><Trans>Paid</Trans></th>
                <th scope="col" class="h"><Trans>Approval</Trans></th>
                <th scope="col" class="h"><Trans>New clients of link</Trans></th>
                <th scope="col" class="num"><Trans>Of the reward</Trans></th>
                <th scope="col"><span class="vh"><Trans>Actions</Trans></span></th>
              </tr>
            </thead>
            <tbody>
              {groups.data.map((group) => (
                <tr key={group.id}>
                  <td><strong>{group.group_title}</strong> {group.is_default && <span class="tag line"><Trans>default</Trans></span>}<span class="sub">{paid(group)}</span></td>
                  <td class="num h"><Link class="open" href={`/rebates/accounts?group_id=${group.id}`}>{count(group.clients_count)}</Link></td>
                  <td class="h">{paid(group)}</td>
                  <td class="h">{group.group_type === "AUTO" ? <span class="tag river"><Trans>Paid automatically</Trans></span> : <span class="tag"><Trans>Waits for your code</Trans></span>}</td>
                  <td class="h">{group.link_code ?? <span class="muted"><Trans>none</Trans></span>}</td>
                  <td class="num">{setPercent(group.rebate_percent)}</td>
                  <td class="num">
                    <button class="link small" type="button" aria-label={t`Change ${{ name: group.group_title }}`} onClick={() => setEdited(group)}><Trans>Change</Trans></button>{" "}
                    <button class="link small" type="button" aria-label={t`Delete ${{ name: group.group_title }}`} onClick={() => setDeleted(group)}><Trans>Delete</Trans></button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      {edited && <GroupSheet group={edited} onClose={() => setEdited(undefined)} />}
      {deleted && <Delete group={deleted} onClose={() => setDeleted(undefined)} />}
    </>
  );
}

function paid(group: Group): string {
  if (group.rebate_period === "DAILY") return t`every day`;
  if (group.rebate_period === "WEEKLY") return t`every week, from ${{ weekday: weekdays()[group.rebate_period_value - 1] ?? "" }}`;
  return group.rebate_period_value === 1 ? t`every month` : t`every month, from day ${{ day: group.rebate_period_value }}`;
}

function Delete({ group, onClose }: { group: Group; onClose: () => void }) {
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: () => value(api.DELETE("/api/v2/autorebates/groups/{group_id}/", { params: { path: { group_id: group.id } } })),
    onSuccess: () => {
      refresh();
      say(t`Group ${{ name: group.group_title }} is deleted.`);
      onClose();
    },
  });
  return (
    <Sheet title={t`Delete ${{ name: group.group_title }}`} narrow onClose={onClose}>
      <Note><Trans>Its accounts move to the default group, or to no group if there is none. Rebates that it has collected are still paid.</Trans></Note>
      {remove.isError && <ProblemNote problem={asProblem(remove.error)} what={t`The group was not deleted.`} />}
      <div class="row end"><button class="btn danger" type="button" disabled={remove.isPending} onClick={() => remove.mutate()}><Trans>Delete the group</Trans></button></div>
    </Sheet>
  );
}
