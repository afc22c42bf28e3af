import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { api, call, value } from "../api/client";
import { asProblem } from "../api/problem";
import { digits } from "../lib/decimal";
import { all, money, setPercent } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { typedPercent } from "../lib/percent";
import { Choice, Field } from "../parts/field";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { Empty, ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { accountLink, clientLink } from "../reports/cells";
import type { Row } from "../table/cell";
import { ReportScreen, type Chosen } from "../table/screen";
import type { Spec } from "../table/spec";
import { useGroups, useRefresh } from "./data";

const share = (value: unknown) => (value === null || value === undefined ? "–" : setPercent(value as number));

/** Lists the accounts with their groups and percents. Selected accounts can be assigned to a group. */
export function Accounts() {
  const groups = useGroups();
  const [chosen, setChosen] = useState<Chosen>();
  const [one, setOne] = useState<Row>();
  const spec: Spec = {
    columns: ["client_account", "client_account_type", "client_uid", "country", "group_title", "rebate_percent", "destination_client_account", "reward_usd", "processed_rebate_usd"],
    always: "rebate_percent",
    key: (row) => String(row.id),
    onOpen: setOne,
    title: {
      group_title: t`Group`, rebate_percent: t`Of the reward`, destination_client_account: t`Paid to`, processed_rebate_usd: t`Paid so far, USD`, group_id: t`Group number`,
    },
    cell: {
      client_account: accountLink,
      client_uid: clientLink,
      rebate_percent: (row) => <button type="button" class="link open" tabIndex={-1} onClick={() => setOne(row)}>{share(row.rebate_percent)}</button>,
      rebate_group_percent: (row) => share(row.rebate_group_percent),
      destination_client_account: (row) => (row.destination_client_account ? String(row.destination_client_account) : <span class="muted">{t`the same account`}</span>),
      rebate_size: (row) => {
        const size = row.rebate_size as { min: number; max: number } | null;
        return size ? `${setPercent(size.min)} – ${setPercent(size.max)}` : "–";
      },
    },
    phone: (row) => ({ title: String(row.client_account), sub: `${row.group_title ?? t`no group`} · ${money(row.reward_usd as number)} USD` }),
  };
  return (
    <>
      <ReportScreen
        report="rebate_clients" title={t`Accounts`} inner spec={spec}
        actions={(selected) => <button class="btn primary" type="button" onClick={() => setChosen(selected)}><Trans>Assign</Trans></button>}
        nothing={<Empty title={t`No accounts yet`}><p><Trans>An account appears here as soon as a client of yours opens it. Social accounts get no rebates.</Trans></p></Empty>}
      />
      {chosen && <Assign chosen={chosen} groups={groups.data ?? []} onClose={() => setChosen(undefined)} />}
      {one && <OneAccount row={one} onClose={() => setOne(undefined)} />}
    </>
  );
}

/** Puts the selected accounts, or all that match the filter, into a group. */
function Assign({ chosen, groups, onClose }: { chosen: Chosen; groups: { id: number; group_title: string }[]; onClose: () => void }) {
  const [group, setGroup] = useState("");
  const refresh = useRefresh();
  const accounts = plural({ count: chosen.count }, { one: "# account", other: "# accounts" });
  const assign = useMutation({
    mutationFn: async () => {
      const groupId = group === "none" ? null : Number(group);
      const body = chosen.rows ? { group_id: groupId, client_account: chosen.rows.map((row) => String(row.client_account)) } : { group_id: groupId, all: true };
      const { ordering: _, ...filters } = chosen.query;
      const search = chosen.rows ? "" : `?${new URLSearchParams(filters)}`;
      await call(new Request(`/api/v2/autorebates/clients/${search}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
    },
    onSuccess: () => {
      refresh();
      say(t`${accounts} changed. It counts for orders that close from now on.`);
      chosen.clear();
      onClose();
    },
  });
  const problem = assign.isError ? asProblem(assign.error) : undefined;
  return (
    <Sheet title={t`Assign ${accounts}`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (group) assign.mutate(); }}>
        <Choice
          label={t`Group`} value={group} onValue={setGroup} fault={problem?.of("group_id")}
          options={[{ value: "", text: t`Choose a group` }, ...groups.map((one) => ({ value: String(one.id), text: one.group_title })), { value: "none", text: t`no group of their own` }]}
        />
        {!chosen.rows && <Note><Trans>These are all accounts of the filter, {accounts}, also those that are not on the screen.</Trans></Note>}
        {problem && !problem.of("group_id") && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`No account was changed.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={!group || assign.isPending}><Trans>Assign {accounts}</Trans></button></div>
      </form>
    </Sheet>
  );
}

/** Changes the percent of one account, and the destination of its rebates. */
function OneAccount({ row, onClose }: { row: Row; onClose: () => void }) {
  const account = String(row.client_account);
  const own = row.rebate_percent !== null && row.rebate_percent !== row.rebate_group_percent;
  const first = { percent: own ? digits(row.rebate_percent as number) : "", to: String(row.destination_client_account ?? "") };
  const [typed, setTyped] = useState(first.percent);
  const [to, setTo] = useState(first.to);
  const percent = typedPercent(typed);
  const wrong = typed.trim() && percent === undefined ? t`Write a percent with at most two places, such as ${{ example: all("12.5") }}.` : undefined;
  // Only edited values are sent. If the percent is empty, the account gets its group's percent again.
  const body = {
    ...(typed.trim() === first.percent ? {} : { rebate_percent: percent ?? null }),
    ...(to.trim() === first.to ? {} : { destination_client_account: to.trim() || null }),
  };
  const edited = Object.keys(body).length > 0;
  const refresh = useRefresh();
  const save = useMutation({
    mutationFn: () =>
      value(api.PATCH("/api/v2/autorebates/clients/{client_account}/", {
        params: { path: { client_account: account } }, body,
      })),
    onSuccess: () => {
      refresh();
      say(t`Account ${account} is saved. It counts for orders that close from now on.`);
      onClose();
    },
  });
  const problem = save.isError ? asProblem(save.error) : undefined;
  const faults = problem && (problem.of("rebate_percent") || problem.of("destination_client_account"));
  return (
    <Sheet title={t`Account ${account}`} sub={String(row.group_title ?? t`no group`)} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (edited && !wrong) save.mutate(); }}>
        <Field
          label={t`Percent of its own`} inputMode="decimal" value={typed} onValue={setTyped} fault={wrong ?? problem?.of("rebate_percent")} autoFocus
          hint={<Trans>Empty: the percent of its group, {{ percent: share(row.rebate_group_percent) }}.</Trans>}
        />
        <Field
          label={t`Paid to`} inputMode="numeric" value={to} onValue={setTo} fault={problem?.of("destination_client_account")}
          hint={<Trans>Another account of the same client. Empty: the account itself.</Trans>}
        />
        {problem && !faults && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The account was not changed.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={save.isPending || !edited || Boolean(wrong)}><Trans>Save</Trans></button></div>
      </form>
    </Sheet>
  );
}
