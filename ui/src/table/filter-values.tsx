import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { get } from "../api/client";
import { asProblem } from "../api/problem";
import type { CatalogueColumn, CatalogueReport } from "../api/queries";
import { Field } from "../parts/field";
import { ProblemNote, Skeleton } from "../parts/states";
import type { Filter } from "./grammar";

interface Props {
  report: CatalogueReport;
  column: CatalogueColumn;
  name: string;
  filter?: Filter;
  onFilter: (filter?: Filter) => void;
}

/** Columns without a list of values, because each value is in a row or two. They are typed whole. */
const unlisted = ["order_id"];

/** Edits a filter by value. The partner finds a value of the report by typing a part of it. */
export function ValueEditor({ report, column, name, filter, onFilter }: Props) {
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const listed = report.filters_path !== undefined && !unlisted.includes(column.name);
  const values = useQuery({
    queryKey: ["filter-values", report.id, column.name, q],
    queryFn: ({ signal }) => get<Record<string, unknown[]>>(report.filters_path ?? "", { field: column.name, ...(q ? { q } : {}) }, signal),
    enabled: listed,
    staleTime: 60_000,
    placeholderData: (before) => before,
  });
  const chosen = filter?.kind === "any" ? filter.values : [];
  const found = (values.data?.[column.name] ?? []).filter((value) => value !== null).map(String);
  const list = [...chosen.filter((value) => !q || value.includes(q)), ...found.filter((value) => !chosen.includes(value))].slice(0, 200);
  const toggle = (value: string) => {
    const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    onFilter(next.length > 0 ? { kind: "any", values: next } : undefined);
  };
  return (
    <div class="stack">
      <form
        class="pad"
        onSubmit={(event) => {
          event.preventDefault();
          if (q && !chosen.includes(q)) toggle(list.find((value) => value.toLowerCase() === q.toLowerCase()) ?? q);
          setTyped("");
        }}
      >
        <Field label={name} value={typed} onValue={setTyped} placeholder={listed ? t`Find a value` : t`Write a whole value`} autocomplete="off" />
      </form>
      {values.isError && <ProblemNote problem={asProblem(values.error)} what={t`The values could not be loaded.`} onAgain={() => void values.refetch()} />}
      {listed && values.isPending && <Skeleton lines={4} />}
      {values.data && list.length === 0 && <p class="muted pad"><Trans>No value contains “{q}”.</Trans></p>}
      <ul class="values">
        {list.map((value) => (
          <li key={value}>
            <label class="li"><input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />{value}</label>
          </li>
        ))}
      </ul>
    </div>
  );
}
