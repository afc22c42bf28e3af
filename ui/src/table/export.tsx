import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, call, value } from "../api/client";
import { asProblem } from "../api/problem";
import { save } from "../lib/copy";
import { count, percent } from "../lib/format";
import { useMutation } from "../lib/mutation";
import { moment } from "../lib/time";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { ProblemNote } from "../parts/states";
import { say } from "../parts/toast";

interface Props {
  path: string;
  query: Record<string, string>;
  rows: number;
  name: string;
}

/**
 * Writes all rows that match the filters to a file. The server creates a large
 * workbook in the background.
 */
export function Export(props: Props) {
  return (
    <Popover label={t`Export`} button={<><Icon name="download" /><span class="only-wide"><Trans>Export</Trans></span></>}>
      <Choices {...props} />
    </Popover>
  );
}

async function download(request: Request, name: string): Promise<boolean> {
  const response = await call(request);
  if (response.status === 202) return false;
  const offered = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  save(offered ?? name, await response.blob());
  return true;
}

function Choices({ path, query, rows, name }: Props) {
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: (format: "csv" | "xlsx") =>
      download(new Request(`${path}?${new URLSearchParams({ ...query, format, ...(format === "csv" ? { bom: "1" } : {}) })}`), `${name}.${format}`),
    onSuccess: (done) => {
      if (done) say(t`The file is in your downloads.`);
      else void queries.invalidateQueries({ queryKey: ["exports"] });
    },
  });
  const words = plural(rows, { one: "The whole filter: # row.", other: "The whole filter: # rows." });
  return (
    <div class="stack gap12 pad">
      <p class="small muted">{words}</p>
      <div class="row">
        <button class="btn" type="button" disabled={make.isPending} onClick={() => make.mutate("csv")}>CSV</button>
        <button class="btn" type="button" disabled={make.isPending} onClick={() => make.mutate("xlsx")}>XLSX</button>
        {make.isPending && <span class="small muted" role="status"><Trans>The file is being created.</Trans></span>}
      </div>
      {make.isError && <ProblemNote problem={asProblem(make.error)} what={t`The file could not be created.`} />}
      <Made />
    </div>
  );
}

/**
 * Lists the workbooks that the server creates in the background. The list survives
 * a reload of the page.
 */
function Made() {
  const exports = useQuery({
    queryKey: ["exports"],
    queryFn: () => value(api.GET("/api/v1/exports/", { params: { query: { limit: 10 } } })),
    refetchInterval: (state) => (state.state.data?.data.some((one) => one.status === "waiting" || one.status === "running") ? 2000 : false),
  });
  const fetch = useMutation({ mutationFn: (one: { file_url: string; report: string }) => download(new Request(one.file_url), `${one.report}.xlsx`) });
  const list = exports.data?.data ?? [];
  if (list.length === 0) return null;
  return (
    <>
      <h3><Trans>Created in the background</Trans></h3>
      {list.map((one) => {
        const part = one.rows_total > 0 ? Math.floor((one.rows_written / one.rows_total) * 100) : 0;
        return (
          <div class="stack gap4" key={one.id}>
            <div class="row between small">
              <span class="strong">{one.report}.xlsx</span>
              <span class="muted">
                {one.status === "ready" && <button class="link" type="button" onClick={() => fetch.mutate(one)}><Trans>Download</Trans></button>}
                {one.status === "failed" && (one.problem ?? t`failed`)}
                {(one.status === "running" || one.status === "waiting") && <Trans>{{ percent: percent(part) }} · {{ written: count(one.rows_written) }} of {{ rows: count(one.rows_total) }} rows</Trans>}
              </span>
            </div>
            {one.status !== "ready" && one.status !== "failed" && <div class="meter" role="img" aria-label={t`${part} percent`}><i style={{ inlineSize: `${part}%` }} /></div>}
            <span class="small muted"><Trans>kept until {{ time: moment(one.expires_at) }}</Trans></span>
          </div>
        );
      })}
      {fetch.isError && <ProblemNote problem={asProblem(fetch.error)} what={t`The file could not be fetched.`} />}
    </>
  );
}
