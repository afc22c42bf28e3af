import { Trans } from "@lingui/react/macro";
import { useEffect } from "react";
import { answeredAt, reached } from "../api/client";
import { askAgain } from "../api/queries";
import { useStore } from "../lib/store";
import { clock, zoneName } from "../lib/time";
import { Icon } from "../parts/icon";

/** Says that the server cannot be reached, and since when. */
export function OfflineBanner() {
  const online = useStore(reached);
  const at = useStore(answeredAt);
  useEffect(() => {
    const lost = () => reached.set(false);
    addEventListener("offline", lost);
    addEventListener("online", askAgain);
    return () => {
      removeEventListener("offline", lost);
      removeEventListener("online", askAgain);
    };
  }, []);
  if (online) return null;
  const since = at ? `${clock(at)} ${zoneName()}` : "";
  return (
    <div class="banner" role="status">
      <Icon name="offline" />
      <span class="grow">
        {at
          ? <Trans>No connection since {since}. The page shows what was loaded before. Nothing can be sent.</Trans>
          : <Trans>No connection. Nothing can be loaded or sent.</Trans>}
      </span>
      <button class="link" type="button" onClick={askAgain}><Trans>Try now</Trans></button>
    </div>
  );
}
