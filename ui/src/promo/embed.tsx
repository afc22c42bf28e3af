import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useCampaignList, useDomains } from "../campaigns/data";
import { copy } from "../lib/copy";
import { useLater } from "../lib/later";
import { Choice, Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";
import { Sheet } from "../parts/sheet";
import { ProblemNote, Skeleton } from "../parts/states";
import { download, kindName, sizeOf, usePicture, type Material } from "./data";

type Form = "html" | "markdown" | "bbcode" | "tracking_link";

/** Shows a material at its real size, the link or campaign for which its clicks count, and the code for a page. */
export function Embed({ material, onClose }: { material: Material; onClose: () => void }) {
  const links = useLinks();
  const [chosen, setChosen] = useState(""); // "c" followed by a campaign, or "l" followed by a link code
  const first = links.data?.find((link) => link.is_default) ?? links.data?.[0];
  const counts = chosen || (first ? `l${first.link_code}` : "");
  const [domain, setDomain] = useState("");
  const [subId, setSubId] = useState("");
  const [form, setForm] = useState<Form>("html");
  const body = useLater({
    ...(counts.startsWith("c") ? { campaign_code: counts.slice(1) } : {}), ...(counts.startsWith("l") ? { link_code: counts.slice(1) } : {}),
    ...(domain ? { domain } : {}), ...(subId.trim() ? { sub_id: subId.trim() } : {}),
  });
  const snippets = useQuery({
    queryKey: ["embed", material.id, body], enabled: "campaign_code" in body || "link_code" in body, placeholderData: keepPreviousData, staleTime: 60_000,
    queryFn: () => value(api.POST("/api/promo/materials/{material_id}/embed/", { params: { path: { material_id: material.id } }, body })),
  });
  const problem = snippets.isError ? asProblem(snippets.error) : undefined;
  const forms: [Form, string][] = [["html", "HTML"], ["markdown", "Markdown"], ["bbcode", "BBCode"], ["tracking_link", t`Link only`]];
  const code = snippets.data?.[form] ?? "";
  const about = [sizeOf(material), material.language, material.theme, material.product].filter(Boolean).join(", ");
  const own = problem && (problem.of("campaign_code") || problem.of("link_code") || problem.of("domain") || problem.of("sub_id"));
  return (
    <Sheet
      title={t`Embed “${{ name: material.title }}”`} sub={`${kindName(material.kind)} ${about}`} onClose={onClose}
      foot={
        <>
          <button class="btn" type="button" onClick={() => void download(material)}><Icon name="download" /><Trans>Download</Trans></button>
          <span class="grow" />
          <button class="btn primary" type="button" disabled={!code || snippets.isFetching || snippets.isError} onClick={() => void copy(code)}><Icon name="copy" /><Trans>Copy code</Trans></button>
        </>
      }
    >
      <div class="row top wrap embed">
        <Real material={material} />
        <div class="stack gap12 grow">
          <CountsFor links={links.data ?? []} value={counts} onValue={setChosen} fault={problem?.of("campaign_code") ?? problem?.of("link_code")} />
          <Domain value={domain} onValue={setDomain} fault={problem?.of("domain")} />
          <Field label={t`Sub-publisher, sub_id`} value={subId} onValue={setSubId} placeholder={t`none`} fault={problem?.of("sub_id")} />
        </div>
      </div>
      {problem && !own && <ProblemNote problem={problem} what={problem.faults[0]?.message ?? t`The code could not be made.`} onAgain={() => void snippets.refetch()} />}
      <div class="seg" role="group" aria-label={t`Form of the code`}>
        {forms.map(([name, words]) => <button key={name} type="button" aria-pressed={form === name} onClick={() => setForm(name)}>{words}</button>)}
      </div>
      {links.isError && <ProblemNote problem={asProblem(links.error)} what={t`Your links could not be loaded.`} onAgain={() => void links.refetch()} />}
      {snippets.isPending && !links.isError && <Skeleton lines={3} height={90} />}
      {snippets.data && !code && <Note><Trans>A {{ kind: kindName(material.kind) }} has no code in this form. Take HTML or the link.</Trans></Note>}
      {code && !snippets.isError && <pre class="codebox" tabIndex={0} role="region" aria-label={t`Code to embed`}>{code}</pre>}
    </Sheet>
  );
}

interface OwnLink {
  link_code: string;
  is_default: boolean;
}

/** Loads the partner's links that are not blocked. */
const useLinks = () =>
  useQuery({
    queryKey: ["links"], queryFn: () => value(api.GET("/api/partner/links/", { params: { query: { limit: 1000 } } })),
    select: (answer): OwnLink[] => answer.data.filter((link) => !link.is_blocked),
  });

/** Lets the partner choose the link or the campaign for which the clicks count. */
function CountsFor({ links, value: chosen, onValue, fault }: { links: OwnLink[]; value: string; onValue: (value: string) => void; fault?: string }) {
  const campaigns = (useCampaignList().data ?? []).filter((one) => !one.archived && !one.is_blocked);
  const sorted = [...links].sort((a, b) => Number(b.is_default) - Number(a.is_default));
  return (
    <Choice
      label={t`Counts for`} value={chosen} onValue={onValue} fault={fault}
      options={[
        ...sorted.map((link) => ({ value: `l${link.link_code}`, text: link.is_default ? t`Your default link, ${{ link: link.link_code }}` : t`Link ${{ link: link.link_code }}` })),
        ...campaigns.map((one) => ({ value: `c${one.campaign_code}`, text: t`Campaign “${{ name: one.title }}”` })),
      ]}
    />
  );
}

function Domain({ value: chosen, onValue, fault }: { value: string; onValue: (value: string) => void; fault?: string }) {
  const domains = useDomains().data ?? [];
  return (
    <Choice
      label={t`Domain`} value={chosen || (domains.find((one) => one.is_default)?.domain ?? "")} onValue={onValue} fault={fault}
      options={domains.map((one) => ({ value: one.domain, text: one.region ? `${one.domain} · ${one.region}` : one.domain }))}
    />
  );
}

/** Shows a banner or a logo at its real size, and the preview of any other material. */
function Real({ material }: { material: Material }) {
  const drawn = material.kind === "banner" || material.kind === "logo";
  const picture = usePicture(drawn ? material.file_url : material.preview_url);
  if (!drawn && material.preview_url === null) return null;
  if (picture.isError) return <Note><Trans>The picture could not be loaded.</Trans></Note>;
  return (
    <div class="real">
      {picture.data ? <img src={picture.data} alt={t`${{ kind: kindName(material.kind) }}: ${{ name: material.title }}`} width={drawn ? material.width ?? undefined : undefined} /> : <Skeleton lines={4} height={material.height ?? 200} />}
    </div>
  );
}
