import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "wouter";
import { answeredAt, reached } from "../api/client";
import { useSummary } from "../api/queries";
import { signOut } from "../api/session";
import { useStore } from "../lib/store";
import { isDark, setTheme, theme, type Theme } from "../lib/theme";
import { clock, zoneName } from "../lib/time";
import { Icon, Mark } from "../parts/icon";
import { Popover } from "../parts/popover";
import { say } from "../parts/toast";
import { Jump } from "./jump";
import { Notifications } from "./notifications";
import type { Screen } from "./screens";

export function TopBar({ here }: { here?: Screen }) {
  return (
    <header class="topbar">
      <Link class="brand only-phone fx" href="/" aria-label={t`Tributary, home`}><Mark /></Link>
      <span class="strong only-phone title">{here?.name()}</span>
      <Jump />
      <span class="grow" />
      <Fresh class="only-wide" />
      <span class="fresh only-wide">USD · {zoneName()}</span>
      <ThemeSwitch />
      <Notifications />
      <Me />
    </header>
  );
}

/** Says how recent the amounts on the screen are. */
export function Fresh({ class: more }: { class: string }) {
  const online = useStore(reached);
  const at = useStore(answeredAt);
  if (!at) return null;
  const time = `${clock(at)} ${zoneName()}`;
  return (
    <span class={`fresh ${more}`}>
      <span class={online ? "dot" : "dot grey"} />
      {online ? <Trans>As of {time}</Trans> : <Trans>Loaded at {time}</Trans>}
    </span>
  );
}

function ThemeSwitch() {
  const choice = useStore(theme);
  const dark = isDark(choice);
  return (
    <button
      class="btn quiet icon only-wide" type="button" aria-label={dark ? t`Use light colours` : t`Use dark colours`}
      onClick={() => setTheme(dark ? "light" : "dark")}
    >
      <Icon name={dark ? "sun" : "moon"} />
    </button>
  );
}

/** Shows who is signed in, and the button to sign out. */
function Me() {
  const summary = useSummary().data;
  const name = summary?.default_link?.code ?? summary?.email ?? "";
  const label = [name, summary?.level].filter(Boolean).join(" · ");
  return (
    <Popover class="menu" label={label || t`Your account`} button={<span class="avatar" data-initials={name.slice(0, 2).toUpperCase()} />} buttonClass="btn quiet icon round">
      <div class="who">
        <div class="strong">{summary?.email}</div>
        <div class="small muted">{label}</div>
      </div>
      <Themes />
      <button class="li" type="button" onClick={() => void signOut().catch(() => say(t`You could not be signed out. Check your connection, then try again.`))}>
        <Trans>Sign out</Trans>
      </button>
    </Popover>
  );
}

function Themes() {
  const choice = useStore(theme);
  const options: [Theme, string][] = [["light", t`Light`], ["dark", t`Dark`], ["system", t`System`]];
  return (
    <div class="seg" role="group" aria-label={t`Colours`}>
      {options.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={choice === value} onClick={() => setTheme(value)}>{text}</button>
      ))}
    </div>
  );
}
