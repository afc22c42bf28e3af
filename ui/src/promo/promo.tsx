import "../styles/promo.css";
import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { asProblem } from "../api/problem";
import { count } from "../lib/format";
import { Icon } from "../parts/icon";
import { ShowMore } from "../parts/show-more";
import { Empty, ProblemNote, Skeleton } from "../parts/states";
import { Fresh } from "../shell/topbar";
import { addressOf, chosenIn, clicksOf, download, kindName, sizeOf, useMaterials, usePicture, type Material } from "./data";
import { Embed } from "./embed";
import { Filters } from "./filters";

/** The broker's material, and what it takes to put a piece into a page. */
export default function Promo() {
  const chosen = chosenIn(useSearch());
  const [, navigate] = useLocation();
  const [pages, setPages] = useState(1);
  const [shown, setShown] = useState<Material>();
  const materials = useMaterials(chosen, pages);
  const { list = [], count: many = 0 } = materials.data ?? {};
  const filtered = Object.keys(chosen).length > 0;
  const total = plural(many, { one: "# material", other: "# materials" });
  return (
    <>
      <div class="page-head">
        <h1><Trans>Promo</Trans></h1>
        <span class="sub"><Trans>banners, landing pages, logos, texts, videos and widgets of the broker</Trans></span>
        <Fresh class="only-phone fx" />
      </div>
      <div class="toolbar slide" role="group" aria-label={t`Filters`}>
        <Filters chosen={chosen} onChosen={(next) => { setPages(1); navigate(addressOf(next), { replace: true }); }} />
        <span class="grow only-wide" />
        {materials.data && <span class="small muted" role="status">{list.length < many ? <Trans>{total}, {{ shown: count(list.length) }} shown</Trans> : total}</span>}
      </div>
      {materials.isError && <ProblemNote problem={asProblem(materials.error)} what={t`The material could not be loaded.`} onAgain={() => void materials.refetch()} />}
      {materials.isPending && <Skeleton lines={8} height={500} />}
      {materials.data && list.length === 0 && (filtered
        ? <Empty title={t`No material matches these filters`}><button class="btn" type="button" onClick={() => navigate("/promo", { replace: true })}><Trans>Show all</Trans></button></Empty>
        : <Empty title={t`No material yet`}><p><Trans>The broker has not put anything here. Your tracked links work without it.</Trans></p></Empty>)}
      <ul class="gallery">
        {list.map((material) => <Piece key={material.id} material={material} chosen={material === shown} onEmbed={() => setShown(material)} />)}
      </ul>
      {list.length < many && <div class="below"><ShowMore shown={list.length} of={many} busy={materials.isFetching} onMore={() => setPages(pages + 1)} /></div>}
      {shown && <Embed material={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

function Piece({ material, chosen, onEmbed }: { material: Material; chosen: boolean; onEmbed: () => void }) {
  const { title, kind, language, theme } = material;
  const clicks = clicksOf(material);
  return (
    <li class={chosen ? "mat sel" : "mat"}>
      <Preview material={material} />
      <div class="meta">
        <h2 class="cut">{title}</h2>
        <div class="row between small ink2"><span>{kindName(kind)} {sizeOf(material)}</span><span>{[language.toUpperCase(), theme].filter(Boolean).join(" · ")}</span></div>
        {clicks !== undefined && clicks !== "0" && <div class="small muted">{plural({ count: material.clicks ?? 0 }, { one: "# click so far", other: "# clicks so far" })}</div>}
        <div class="row gap8">
          <button class="btn grow" type="button" aria-label={t`Embed ${title}, ${{ kind: kindName(kind) }} ${{ size: sizeOf(material) }} ${language}`} onClick={onEmbed}><Trans>Embed</Trans></button>
          <button class="btn icon" type="button" aria-label={t`Download ${title}, ${{ kind: kindName(kind) }} ${{ size: sizeOf(material) }} ${language}`} onClick={() => void download(material)}><Icon name="download" /></button>
        </div>
      </div>
    </li>
  );
}

/** A small picture on the ground that the material is made for. */
function Preview({ material }: { material: Material }) {
  const { preview_url: url, theme } = material;
  const picture = usePicture(url);
  const ground = theme === "dark" || theme === "light" ? theme : "";
  return (
    <div class={`pv ${ground}`} aria-busy={url !== null && picture.isPending}>
      {url === null || picture.isError ? <span class="none">{kindName(material.kind)}</span> : picture.data && <img src={picture.data} alt="" />}
    </div>
  );
}
