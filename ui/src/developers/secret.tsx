import { Trans } from "@lingui/react/macro";
import { copy } from "../lib/copy";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";

/** Shows a secret, which cannot be shown again. */
export function Secret({ title, secret }: { title: string; secret: string }) {
  return (
    <Note tone="green" icon="check">
      <div class="stack">
        <strong>{title}</strong>
        <div class="row wrap"><code class="wrap-any">{secret}</code><button class="btn sm" type="button" onClick={() => void copy(secret)}><Icon name="copy" /><Trans>Copy</Trans></button></div>
      </div>
    </Note>
  );
}
