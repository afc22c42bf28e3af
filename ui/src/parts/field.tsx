import { useId } from "react";
import type { ComponentChildren } from "preact";
import { useFocus } from "../lib/focus";
import { Icon } from "./icon";

interface FieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  fault?: string;
  type?: "text" | "email" | "password" | "tel" | "url" | "date";
  autocomplete?: string;
  placeholder?: string;
  required?: boolean;
  maxLength?: number;
  min?: string;
  max?: string;
  inputMode?: "decimal" | "numeric";
  autoFocus?: boolean;
  "aria-invalid"?: boolean;
}

/** A text field with its label, its hint and its error. */
export function Field({ label, value, onValue, hint, fault, autoFocus = false, ...input }: FieldProps) {
  const id = useId();
  const ref = useFocus<HTMLInputElement>(autoFocus);
  const about = [hint ? `${id}-hint` : "", fault ? `${id}-fault` : ""].filter(Boolean).join(" ");
  return (
    <div class={fault ? "field bad" : "field"}>
      <label for={id}>{label}</label>
      <input
        class="input"
        {...(input as object)}
        ref={ref}
        id={id}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
        aria-invalid={fault ? true : input["aria-invalid"]}
        aria-describedby={about || undefined}
      />
      {hint && <span class="hint" id={`${id}-hint`}>{hint}</span>}
      {fault && <FieldFault id={`${id}-fault`}>{fault}</FieldFault>}
    </div>
  );
}

export function FieldFault({ id, children }: { id: string; children: ComponentChildren }) {
  return (
    <span class="err" id={id} role="alert">
      <Icon name="info" />
      <span>{children}</span>
    </span>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  options: { value: string; text: string }[];
  hint?: ComponentChildren;
  fault?: string;
  autocomplete?: string;
}

/** A field for choosing one of several values. */
export function Choice({ label, value, onValue, options, hint, fault, autocomplete }: ChoiceProps) {
  const id = useId();
  return (
    <div class={fault ? "field bad" : "field"}>
      <label for={id}>{label}</label>
      <select
        class="input"
        id={id}
        value={value}
        autocomplete={autocomplete}
        onChange={(event) => onValue(event.currentTarget.value)}
        aria-describedby={fault ? `${id}-fault` : hint ? `${id}-hint` : undefined}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>{option.text}</option>
        ))}
      </select>
      {hint && <span class="hint" id={`${id}-hint`}>{hint}</span>}
      {fault && <FieldFault id={`${id}-fault`}>{fault}</FieldFault>}
    </div>
  );
}
