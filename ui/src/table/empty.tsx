import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueries } from "@tanstack/react-query";
import type { ComponentChildren } from "preact";
import { get } from "../api/client";
import type { CatalogueReport } from "../api/queries";
import { today } from "../lib/now";
import { Empty } from "../parts/states";
import { filterWords } from "./filters";
import { query } from "./grammar";
import type { Page } from "./pages";
import type { Viewed } from "./view";

interface Props {
  report: CatalogueReport;
  viewed: Viewed;
  more: Record<string, string>;
  nameOf: (column: string) => string;
  nothing: ComponentChildren;
}

/** Says that no row matches, and which filter to remove to see some. */
export function NoRows({ report, viewed, more, nameOf, nothing }: Props) {
  const used = [...viewed.view.filters].filter(([, filter]) => filter.kind !== "all");
  const without = useQueries({
    queries: used.map(([name]) => {
      const filters = new Map(viewed.view.filters);
      filters.delete(name);
      const parameters = { ...query({ ...viewed.view, filters }, report, today()), ...more, limit: "1" };
      return { queryKey: ["report-without", report.path, parameters], queryFn: () => get<Page>(report.path, parameters) };
    }),
  });
  if (used.length === 0) return <>{nothing}</>;
  const remove = (name: string) => viewed.change((view) => void view.filters.set(name, { kind: "all" }));
  return (
    <Empty title={t`No row matches these filters`}>
      {used.map(([name, filter], at) => {
        const many = without[at]?.data?.totals.count;
        const said = `${nameOf(name)}: ${filterWords(filter)}`;
        const rows = plural({ count: many ?? 0 }, { one: "there is # row", other: "there are # rows" });
        return (
          <div class="stack" key={name}>
            {many !== undefined && <p><Trans>Without <strong>{said}</strong> {rows}.</Trans></p>}
            <button class="btn" type="button" onClick={() => remove(name)}><Trans>Remove {said}</Trans></button>
          </div>
        );
      })}
    </Empty>
  );
}
