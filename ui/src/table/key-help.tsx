import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useRef } from "react";
import { Icon } from "../parts/icon";

/** Lists the keyboard shortcuts of the table. The key ? opens the list. */
export function Keys() {
  const dialog = useRef<HTMLDialogElement>(null);
  const keys: [string, string][] = [
    ["↑ ↓", t`one row up or down`], ["PgUp PgDn", t`one screen up or down`], ["Home End", t`the first or the last row`], ["← →", t`one cell to the side; close or open a group`], ["Enter", t`open the row, or follow the link of the cell`],
    ["Space", t`select the row`], ["Shift Space", t`select up to this row`], ["Ctrl A", t`select all matching rows`], ["Ctrl C", t`copy the rows as CSV, or one cell`],
    ["Alt ← →", t`make the column of the header narrower or wider`], ["Esc", t`close, or select nothing`], ["f", t`add a filter`], ["g", t`group by`], ["c", t`columns`], ["e", t`export`], ["?", t`these keys`],
  ];
  return (
    <>
      <button class="vh" type="button" tabIndex={-1} data-tool="keys" onClick={() => dialog.current?.showModal()}><Trans>All keys</Trans></button>
      <dialog class="dialog narrow" ref={dialog} aria-labelledby="keys">
        <div class="dh">
          <h2 id="keys" class="grow"><Trans>Keys of the table</Trans></h2>
          <button class="btn icon quiet" type="button" aria-label={t`Close`} onClick={() => dialog.current?.close()}><Icon name="close" /></button>
        </div>
        <dl class="kv start scroll">
          {keys.map(([key, does]) => <><dt key={key}><kbd>{key}</kbd></dt><dd>{does}</dd></>)}
        </dl>
      </dialog>
    </>
  );
}
