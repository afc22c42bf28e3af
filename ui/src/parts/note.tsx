import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

type Tone = "plain" | "amber" | "red" | "river" | "green";

/** A sentence or two that belong to what is around them. */
export function Note({ tone = "plain", icon = "info", alert = tone === "red", children }: {
  tone?: Tone;
  icon?: IconName;
  alert?: boolean; // read out as soon as it appears
  children: ComponentChildren;
}) {
  return (
    <div class={tone === "plain" ? "note" : `note ${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
