import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { copy } from "../lib/copy";
import { once } from "../lib/key";
import { useMutation } from "../lib/mutation";
import { Choice, Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";
import { campaignsKey, useDomains, usePages, type Campaign } from "./data";
import { withSubId } from "./sub-id";

type Device = "web" | "all" | "android" | "ios";

export function LinkBuilder({ campaign }: { campaign: Campaign }) {
  const domains = useDomains();
  const pages = usePages();
  const failed = domains.isError ? domains : pages.isError ? pages : undefined;
  return (
    <Panel title={t`Link builder`} sub={campaign.title}>
      {failed && <ProblemNote problem={asProblem(failed.error)} what={t`The domains could not be loaded.`} onAgain={() => void failed.refetch()} />}
      {!failed && (!domains.data || !pages.data) && <Skeleton lines={5} height={240} />}
      {domains.data && pages.data && <Form campaign={campaign} domains={domains.data} pages={pages.data} />}
    </Panel>
  );
}

function Form({ campaign, domains, pages }: {
  campaign: Campaign;
  domains: { domain: string; region: string; is_default: boolean }[];
  pages: { page: string; title: string }[];
}) {
  const [domain, setDomain] = useState(domains.find((one) => one.is_default)?.domain ?? domains[0]?.domain ?? "");
  const [page, setPage] = useState("");
  const [device, setDevice] = useState<Device>("web");
  const [tags, setTags] = useState("");
  const [subId, setSubId] = useState("");
  const [made, setMade] = useState<string>();
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => {
      const platform: "web" | "mobile" = device === "web" ? "web" : "mobile";
      const os: "all" | "android" | "ios" = device === "android" || device === "ios" ? device : "all";
      const body = { domain, page, platform, os, tags: tags.split(/[\s,]+/).filter(Boolean) };
      const params = { path: { campaign_code: campaign.campaign_code } };
      return once(`link ${campaign.campaign_code}`, body, (key) => value(api.POST("/api/campaigns/{campaign_code}/links/", { params, headers: { "Idempotency-Key": key }, body })));
    },
    onSuccess: (link) => {
      setMade(link.link);
      void queries.invalidateQueries({ queryKey: campaignsKey });
    },
  });
  const problem = make.isError ? asProblem(make.error) : undefined;
  const tagFault = problem?.faults.find((fault) => fault.field.startsWith("tags"))?.message;
  const known = problem && (tagFault || problem.of("domain") || problem.of("page"));
  const change = <T,>(set: (value: T) => void) => (next: T) => {
    set(next);
    setMade(undefined);
  };
  const devices: [Device, string][] = [["web", t`Web`], ["all", t`Mobile`], ["android", "Android"], ["ios", "iOS"]];
  return (
    <form class="stack gap16" noValidate onSubmit={(event) => { event.preventDefault(); make.mutate(); }}>
      <div class="two-fields">
        <Choice
          label={t`Domain`} value={domain} onValue={change(setDomain)} fault={problem?.of("domain")}
          options={domains.map((one) => ({ value: one.domain, text: one.region ? `${one.domain} · ${one.region}` : one.domain }))}
        />
        <Choice label={t`Leads to`} value={page} onValue={change(setPage)} fault={problem?.of("page")} options={pages.map((one) => ({ value: one.page, text: one.title }))} />
        <div class="field">
          <span class="label"><Trans>Device</Trans></span>
          <span class="seg" role="group" aria-label={t`Device`}>
            {devices.map(([name, words]) => <button key={name} type="button" aria-pressed={device === name} onClick={() => change(setDevice)(name)}>{words}</button>)}
          </span>
        </div>
        <Field label={t`Sub-publisher, sub_id`} value={subId} onValue={setSubId} hint={<Trans>You can change it at any time without a new link.</Trans>} />
      </div>
      <Field label={t`Tags`} value={tags} onValue={change(setTags)} fault={tagFault} hint={<Trans>Latin letters and digits, 16 at most each, with spaces between. Tags are for your reports; clients do not see them.</Trans>} />
      {problem && !known && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The link was not created.`} />}
      {made ? (
        <div class="stack">
          <pre class="codebox">{withSubId(made, subId)}</pre>
          <div class="row"><button class="btn primary" type="button" onClick={() => void copy(withSubId(made, subId))}><Icon name="copy" /><Trans>Copy link</Trans></button></div>
        </div>
      ) : (
        <div class="row"><button class="btn primary" type="submit" disabled={make.isPending || !domain}><Trans>Create the link</Trans></button></div>
      )}
    </form>
  );
}
