import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

type Tone = "plain" | "amber" | "red" | "river" | "green";

/** One or two sentences about the content around them. */
export function Note({ tone = "plain", icon = "info", alert = tone === "red", children }: {
  tone?: Tone;
  icon?: IconName;
  alert?: boolean; // true if screen readers announce the note when it appears
  children: ComponentChildren;
}) {
  return (
    <div class={tone === "plain" ? "note" : `note ${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
