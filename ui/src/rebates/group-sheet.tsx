import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { digits } from "../lib/decimal";
import { all, setPercent } from "../lib/format";
import { edited } from "../lib/edited";
import { once } from "../lib/key";
import { locale } from "../lib/locale";
import { useMutation } from "../lib/mutation";
import { typedPercent } from "../lib/percent";
import { Choice, Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { useRefresh, type Group } from "./data";

/** Returns the names of the days, Monday to Sunday, in the partner's language. */
export function weekdays(): string[] {
  const format = new Intl.DateTimeFormat(locale(), { weekday: "long", timeZone: "UTC" });
  return [1, 2, 3, 4, 5, 6, 7].map((day) => format.format(new Date(Date.UTC(2024, 0, day)))); // 1 January 2024 was a Monday
}

type Draft = Pick<Group, "group_title" | "group_type" | "is_default" | "rebate_period" | "rebate_period_value"> & { percent: string; link: string };

const draftOf = (group?: Group): Draft => ({
  group_title: group?.group_title ?? "", group_type: group?.group_type ?? "MANUAL", is_default: group?.is_default ?? false,
  rebate_period: group?.rebate_period ?? "MONTHLY", rebate_period_value: group?.rebate_period_value ?? 1,
  percent: group ? digits(group.rebate_percent) : "", link: group?.link_code ?? "",
});

const bodyOf = ({ percent, link, ...rest }: Draft) => ({
  ...rest, group_title: rest.group_title.trim(), rebate_percent: typedPercent(percent), link_code: link || null,
});

/** Returns what was edited. A period and its day have a meaning only together. */
export function changeOf(first: Draft, draft: Draft): Partial<ReturnType<typeof bodyOf>> {
  const change = edited(bodyOf(first), bodyOf(draft));
  if (!("rebate_period" in change || "rebate_period_value" in change)) return change;
  return { ...change, rebate_period: draft.rebate_period, rebate_period_value: draft.rebate_period_value };
}

/** Creates a group, or changes one. A change applies only to orders that close after it. */
export function GroupSheet({ group, onClose }: { group?: Group; onClose: () => void }) {
  const [first] = useState(() => draftOf(group));
  const [draft, setDraft] = useState(first);
  const percent = typedPercent(draft.percent);
  const wrong = draft.percent.trim() && percent === undefined ? t`Write a percent with at most two places, such as ${{ example: all("12.5") }}.` : undefined;
  const refresh = useRefresh();
  const put = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const save = useMutation({
    mutationFn: async () => {
      const body = bodyOf(draft);
      if (group) await value(api.PATCH("/api/v2/autorebates/groups/{group_id}/", { params: { path: { group_id: group.id } }, body: changeOf(first, draft) }));
      else await once("group", body, (key) => value(api.POST("/api/v2/autorebates/groups/", { headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: () => {
      refresh();
      say(t`Group ${{ name: draft.group_title.trim() }} is saved. It counts for orders that close from now on.`);
      onClose();
    },
  });
  const problem = save.isError ? asProblem(save.error) : undefined;
  // A group keeps its percent unless another one is entered.
  const ready = draft.group_title.trim() !== "" && !wrong && (!group || draft.percent.trim() !== "");
  const known = ["group_title", "rebate_percent", "link_code", "rebate_period", "rebate_period_value"];
  return (
    <Sheet title={group ? t`Change ${{ name: group.group_title }}` : t`New group`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (ready) save.mutate(); }}>
        <Field label={t`Title`} value={draft.group_title} onValue={(group_title) => put({ group_title })} fault={problem?.of("group_title")} maxLength={100} autoFocus />
        <Field
          label={t`Percent of your reward`} inputMode="decimal" value={draft.percent} onValue={(typed) => put({ percent: typed })} fault={wrong ?? problem?.of("rebate_percent")}
          hint={group && <Trans>From {{ min: setPercent(group.rebate_size.min) }} to {{ max: setPercent(group.rebate_size.max) }}, with at most two places.</Trans>}
        />
        <Choice
          label={t`Paid`} value={draft.rebate_period} onValue={(chosen) => put({ rebate_period: chosen as Draft["rebate_period"], rebate_period_value: 1 })}
          options={[{ value: "DAILY", text: t`every day` }, { value: "WEEKLY", text: t`every week` }, { value: "MONTHLY", text: t`every month` }]}
        />
        {draft.rebate_period !== "DAILY" && (
          <Choice
            label={draft.rebate_period === "WEEKLY" ? t`Weeks begin on` : t`Months begin on day`} value={String(draft.rebate_period_value)}
            onValue={(chosen) => put({ rebate_period_value: Number(chosen) })} fault={problem?.of("rebate_period_value")}
            options={draft.rebate_period === "WEEKLY"
              ? weekdays().map((name, at) => ({ value: String(at + 1), text: name }))
              : Array.from({ length: 28 }, (_, at) => ({ value: String(at + 1), text: String(at + 1) }))}
          />
        )}
        <Choice
          label={t`Approval`} value={draft.group_type} onValue={(chosen) => put({ group_type: chosen as Draft["group_type"] })}
          options={[{ value: "MANUAL", text: t`waits for your code` }, { value: "AUTO", text: t`paid automatically when the period closes` }]}
        />
        <LinkChoice value={draft.link} onValue={(link) => put({ link })} fault={problem?.of("link_code")} />
        <label class="check">
          <input type="checkbox" checked={draft.is_default} onChange={(event) => put({ is_default: event.currentTarget.checked })} />
          <Trans>The default group: it takes accounts that belong to no other</Trans>
        </label>
        {problem && !known.some((field) => problem.of(field)) && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The group was not saved.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={save.isPending || !ready}><Trans>Save the group</Trans></button></div>
      </form>
    </Sheet>
  );
}

function LinkChoice({ value: chosen, onValue, fault }: { value: string; onValue: (link: string) => void; fault?: string }) {
  const links = useQuery({ queryKey: ["links"], queryFn: () => value(api.GET("/api/partner/links/", { params: { query: { limit: 1000 } } })) });
  const codes = (links.data?.data ?? []).map((link) => link.link_code);
  const all = chosen && !codes.includes(chosen) ? [chosen, ...codes] : codes;
  return (
    <Choice
      label={t`New clients of link`} value={chosen} onValue={onValue} fault={fault}
      options={[{ value: "", text: t`none` }, ...all.map((code) => ({ value: code, text: code }))]}
    />
  );
}
