import { t } from "@lingui/core/macro";
import { Icon } from "../parts/icon";
import { Popover } from "../parts/popover";
import { fields, kindName, useValues, type Chosen, type Field } from "./data";

/** Shows a chip for each field by which materials can be filtered. */
export function Filters({ chosen, onChosen }: { chosen: Chosen; onChosen: (chosen: Chosen) => void }) {
  const values = useValues().data;
  const names: Record<Field, string> = { kind: t`Kind`, language: t`Language`, size: t`Size`, theme: t`Theme`, product: t`Product` };
  const word = (field: Field, text: string) => (field === "kind" ? kindName(text) : field === "size" ? text.replace("x", " × ") : text || t`any`);
  return (
    <>
      {fields.map((field) => {
        const list = [...new Set([...(chosen[field] ?? []), ...(values?.[field] ?? [])])].filter(Boolean);
        if (list.length === 0) return null;
        const used = chosen[field] ?? [];
        const put = (next: string[]) => onChosen({ ...chosen, [field]: next.length > 0 ? next : undefined });
        const options = () => (
          <ul class="values">
            {list.map((one) => (
              <li key={one}>
                <label class="li">
                  <input type="checkbox" checked={used.includes(one)} onChange={() => put(used.includes(one) ? used.filter((other) => other !== one) : [...used, one])} />
                  {word(field, one)}
                </label>
              </li>
            ))}
          </ul>
        );
        const words = used.map((one) => word(field, one)).join(", ");
        const on = used.length > 0;
        return (
          <span class={on ? "chip" : undefined} key={field}>
            <Popover
              label={on ? t`Change filter ${{ filter: names[field] }}: ${words}` : t`Filter by ${{ filter: names[field] }}`} buttonClass={on ? "chip-text" : "chip add"}
              button={on ? <><span class="k">{names[field]}</span> {words}</> : <><Icon name="plus" />{names[field]}</>}
            >
              {options}
            </Popover>
            {on && <button type="button" aria-label={t`Remove filter ${{ filter: names[field] }}`} onClick={() => put([])}><Icon name="close" /></button>}
          </span>
        );
      })}
    </>
  );
}
