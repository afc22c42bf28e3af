import { useId } from "react";
import { useFocus } from "../lib/focus";
import { latinDigits } from "../lib/locale";
import { FieldFault } from "./field";

interface CodeFieldProps {
  label: string;
  value: string;
  onValue: (code: string) => void;
  fault?: string;
  focused?: boolean;
}

/**
 * A field for six digits. It draws six boxes over a single input, so that pasting or a
 * password manager fills all of them. It never submits the form.
 */
export function CodeField({ label, value, onValue, fault, focused = false }: CodeFieldProps) {
  const id = useId();
  const ref = useFocus<HTMLInputElement>(focused);
  return (
    <div class={fault ? "field bad" : "field"}>
      <label class="vh" for={id}>{label}</label>
      <div class="code">
        {[0, 1, 2, 3, 4, 5].map((at) => (
          <span key={at} class={at === value.length ? "box at" : "box"} aria-hidden="true">{value[at] ?? ""}</span>
        ))}
        <input
          id={id}
          value={value}
          inputMode="numeric"
          autocomplete="one-time-code"
          ref={ref}
          aria-invalid={fault ? true : undefined}
          aria-describedby={fault ? `${id}-fault` : undefined}
          onInput={(event) => {
            const digits = latinDigits(event.currentTarget.value.normalize("NFKC")).replace(/\D/g, "").slice(0, 6);
            event.currentTarget.value = digits;
            onValue(digits);
          }}
        />
      </div>
      {fault && <FieldFault id={`${id}-fault`}>{fault}</FieldFault>}
    </div>
  );
}
