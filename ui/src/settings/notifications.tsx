import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, value } from "../api/client";
import { asProblem } from "../api/problem";
import { useMutation } from "../lib/mutation";
import { Panel } from "../parts/panel";
import { ProblemNote, Skeleton } from "../parts/states";

interface Where {
  in_area: boolean;
  by_mail: boolean;
}

const key = ["notification-settings"];

/** Lets the partner choose which events are shown here, and which are mailed. */
export function NotificationSettings() {
  const queries = useQueryClient();
  const settings = useQuery({ queryKey: key, queryFn: async () => (await value(api.GET("/api/notifications/settings/"))) as unknown as Record<string, Where> });
  const save = useMutation({
    mutationFn: async (change: Record<string, Partial<Where>>) => (await value(api.PATCH("/api/notifications/settings/", { body: change as never }))) as unknown as Record<string, Where>,
    onSuccess: (saved) => queries.setQueryData(key, saved),
  });
  const names: Record<string, string> = {
    client_registered: t`A client registered`, client_verified: t`A client was verified`, first_deposit: t`A client made its first deposit`,
    client_qualified: t`A client was verified, deposited and traded`, contact_answered: t`A client answered a request for its contact`,
    payout_paid: t`A payment was made`, payout_failed: t`A payment failed`,
  };
  if (settings.isError && !settings.data) return <ProblemNote problem={asProblem(settings.error)} what={t`The settings could not be loaded.`} onAgain={() => void settings.refetch()} />;
  if (!settings.data) return <Skeleton lines={7} height={280} />;
  return (
    <Panel title={t`What you are told`} sub={<Trans>mails are bundled, at most one in 15 minutes</Trans>} flush>
      {save.isError && <div class="body"><ProblemNote problem={asProblem(save.error)} what={t`The choice was not saved.`} /></div>}
      <div class="tbl">
        <table>
          <thead><tr><th scope="col"><Trans>Event</Trans></th><th scope="col"><Trans>Here</Trans></th><th scope="col"><Trans>By mail</Trans></th></tr></thead>
          <tbody>
            {Object.entries(settings.data).map(([event, where]) => (
              <tr key={event}>
                <td>{names[event] ?? event}</td>
                {(["in_area", "by_mail"] as const).map((place) => (
                  <td key={place}>
                    <button
                      type="button" role="switch" class="switch" aria-checked={where[place]} disabled={save.isPending}
                      aria-label={place === "in_area" ? t`${{ event: names[event] ?? event }}: here` : t`${{ event: names[event] ?? event }}: by mail`}
                      onClick={() => save.mutate({ [event]: { [place]: !where[place] } })}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
