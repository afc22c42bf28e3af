import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { call } from "../api/client";
import { asProblem } from "../api/problem";
import { copy, save } from "../lib/copy";
import { Icon } from "../parts/icon";
import { Sheet } from "../parts/sheet";
import { ProblemNote, Skeleton } from "../parts/states";

async function fetchQr(campaign: string, domain: string, format: "svg" | "png"): Promise<Blob> {
  const query = new URLSearchParams({ campaign_code: campaign, domain, format });
  return (await call(new Request(`/api/promo/qr/?${query}`))).blob();
}

/** Shows the QR code of a campaign's link on one domain. The server draws the code. */
export function Qr({ link, campaign, onClose }: { link: string; campaign: string; onClose: () => void }) {
  const domain = new URL(link).host;
  const picture = useQuery({
    queryKey: ["qr", campaign, domain], staleTime: Infinity,
    queryFn: async () => {
      const text = await (await fetchQr(campaign, domain, "svg")).text();
      return { text, url: `data:image/svg+xml,${encodeURIComponent(text)}` };
    },
  });
  const png = async () => save(`${campaign}.png`, await fetchQr(campaign, domain, "png"));
  return (
    <Sheet title={t`QR code`} sub={<Trans>It leads to the campaign’s plain link on {domain}.</Trans>} narrow onClose={onClose}>
      {picture.isPending && <Skeleton lines={4} height={220} />}
      {picture.isError && <ProblemNote problem={asProblem(picture.error)} what={t`The code could not be drawn.`} onAgain={() => void picture.refetch()} />}
      {picture.data && (
        <div class="stack gap12">
          <span class="qr"><img src={picture.data.url} alt={t`QR code of the campaign’s link`} width={220} height={220} /></span>
          <div class="row wrap">
            <button class="btn" type="button" onClick={() => save(`${campaign}.svg`, new Blob([picture.data.text], { type: "image/svg+xml" }))}><Icon name="download" />SVG</button>
            <button class="btn" type="button" onClick={() => void png()}><Icon name="download" />PNG</button>
            <button class="btn" type="button" onClick={() => void copy(link)}><Icon name="copy" /><Trans>Copy link</Trans></button>
          </div>
        </div>
      )}
    </Sheet>
  );
}
