import { Trans } from "@lingui/react/macro";
import { useSummary } from "../api/queries";
import { copy } from "../lib/copy";
import { Icon } from "../parts/icon";

/** Shows a partner without clients what to do first. */
export function CopyYourLink() {
  const link = useSummary().data?.default_link?.full_default_link;
  if (!link) return null;
  return <button class="btn primary" type="button" onClick={() => void copy(link)}><Icon name="copy" /><Trans>Copy your link</Trans></button>;
}
