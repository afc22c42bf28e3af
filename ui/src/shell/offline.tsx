import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { answeredAt, reached } from "../api/client";
import { useStore } from "../lib/store";
import { clock, zoneName } from "../lib/time";
import { Icon } from "../parts/icon";

/** Says that the server cannot be reached, and since when. */
export function OfflineBanner() {
  const queries = useQueryClient();
  const online = useStore(reached);
  const at = useStore(answeredAt);
  useEffect(() => {
    const lost = () => reached.set(false);
    const found = () => void queries.refetchQueries({ type: "active" });
    addEventListener("offline", lost);
    addEventListener("online", found);
    return () => {
      removeEventListener("offline", lost);
      removeEventListener("online", found);
    };
  }, [queries]);
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
      <button class="link" type="button" onClick={() => void queries.refetchQueries({ type: "active" })}><Trans>Try now</Trans></button>
    </div>
  );
}
