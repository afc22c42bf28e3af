import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { edited } from "../lib/edited";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Field } from "../parts/field";
import { Sheet } from "../parts/sheet";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";
import { campaignsKey, type Campaign } from "./data";

/** Creates a campaign, or edits the texts of an existing one. */
export function CampaignSheet({ campaign, onSaved, onClose }: { campaign?: Campaign; onSaved?: (saved: Campaign) => void; onClose: () => void }) {
  const [first] = useState({ title: campaign?.title ?? "", description: campaign?.description ?? "" });
  const [title, setTitle] = useState(first.title);
  const [description, setDescription] = useState(first.description);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      const body = { title: title.trim(), description: description.trim() };
      const saved = campaign
        ? await value(api.PATCH("/api/campaigns/{campaign_code}/", { params: { path: { campaign_code: campaign.campaign_code } }, body: edited(first, body) }))
        : await once("campaign", body, (key) => value(api.POST("/api/campaigns/", { headers: { "Idempotency-Key": key }, body })));
      return saved as unknown as Campaign;
    },
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: campaignsKey });
      say(t`Campaign ${{ title: saved.title }} is saved.`);
      onSaved?.(saved);
      onClose();
    },
  });
  const problem = save.isError ? asProblem(save.error) : undefined;
  const known = problem && (problem.of("title") || problem.of("description"));
  return (
    <Sheet title={campaign ? t`Change ${{ name: campaign.title }}` : t`New campaign`} narrow onClose={onClose}>
      <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); if (title.trim()) save.mutate(); }}>
        <Field label={t`Title`} value={title} onValue={setTitle} fault={problem?.of("title")} autoFocus />
        <Field label={t`Description`} value={description} onValue={setDescription} fault={problem?.of("description")} hint={<Trans>Only you can see it.</Trans>} />
        {problem && !known && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The campaign was not saved.`} />}
        <div class="row end"><button class="btn primary" type="submit" disabled={save.isPending || !title.trim()}><Trans>Save the campaign</Trans></button></div>
      </form>
    </Sheet>
  );
}
