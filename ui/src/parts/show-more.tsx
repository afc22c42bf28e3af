import { Trans } from "@lingui/react/macro";
import { count } from "../lib/format";

/** How many rows one request may return. */
export const mostRows = 1000;

interface ShowMoreProps {
  shown: number;
  of: number; // how many there are
  busy?: boolean;
  onMore: () => void;
}

/** Shows the next rows of a list without pages, until it has as many as one request may return. */
export function ShowMore({ shown, of, busy = false, onMore }: ShowMoreProps) {
  if (shown >= of) return null;
  if (shown >= mostRows) {
    const most = count(mostRows);
    const all = count(of);
    return <p class="small muted"><Trans>These are the first {most} of {all}. A program can read the rest through the API.</Trans></p>;
  }
  return <div class="row"><button class="btn" type="button" disabled={busy} onClick={onMore}><Trans>Show more</Trans></button></div>;
}
