import "../styles/palette.css";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { asProblem } from "../api/problem";
import { useSummary } from "../api/queries";
import { copy } from "../lib/copy";
import { useLater } from "../lib/later";
import { isDark, setTheme, theme } from "../lib/theme";
import { Icon } from "../parts/icon";
import { ProblemNote } from "../parts/states";
import { findInApi, findScreens, marked, type Found } from "./find";

type Option = Found & { run?: () => void };

/** Finds screens, actions, and what the API can look up. The keyboard alone is enough to use it. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [, navigate] = useLocation();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const text = typed.trim();
  const asked = useLater(text);
  const found = useQuery({ queryKey: ["palette", asked], queryFn: ({ signal }) => findInApi(asked, signal), enabled: asked.length > 1, staleTime: 30_000, retry: false });
  const options: Option[] = [...(text === asked ? found.data ?? [] : []), ...findScreens(text), ...useActions(text)];
  const current = Math.min(at, options.length - 1);
  const waits = text.length > 1 && (text !== asked || found.isFetching);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => document.getElementById(`${id}-${current}`)?.scrollIntoView({ block: "nearest" }), [current]);

  function choose(option: Option | undefined, apart = false) {
    if (!option) return;
    if (apart && !option.run) window.open(option.href, "_blank", "noopener");
    else {
      onClose();
      if (option.run) option.run();
      else navigate(option.href);
    }
  }
  function onKeyDown(event: KeyboardEvent) {
    const last = options.length - 1;
    if (event.key === "ArrowDown") setAt(current >= last ? 0 : current + 1);
    else if (event.key === "ArrowUp") setAt(current <= 0 ? last : current - 1);
    else if (event.key === "Enter") choose(options[current], event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  }
  return (
    <dialog class="dialog palette" ref={dialog} aria-label={t`Find`} onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="q">
        <Icon name="search" />
        <input
          value={typed} onInput={(event) => { setTyped(event.currentTarget.value); setAt(0); }} onKeyDown={onKeyDown} autocomplete="off" spellcheck={false}
          placeholder={t`Account, client’s e-mail, order, campaign, screen`} aria-label={t`What to find`}
          role="combobox" aria-expanded={options.length > 0} aria-controls={`${id}-list`} aria-autocomplete="list" aria-activedescendant={current >= 0 ? `${id}-${current}` : undefined}
        />
        <button class="btn sm quiet" type="button" onClick={() => dialog.current?.close()}><Trans>Close</Trans></button>
      </div>
      <div class="scroll" tabIndex={-1}>
        {found.isError && text === asked && <div class="pad"><ProblemNote problem={asProblem(found.error)} what={t`The server could not be asked.`} onAgain={() => void found.refetch()} /></div>}
        <div id={`${id}-list`} role="listbox" aria-label={t`Found`}>
          {options.map((option, index) => (
            <Fragment key={`${option.group} ${option.href} ${option.name}`}>
              {option.group !== options[index - 1]?.group && <div class="sect" role="presentation">{option.group}</div>}
              <Line option={option} text={text} id={`${id}-${index}`} selected={index === current} onPoint={() => setAt(index)} onChoose={(apart) => choose(option, apart)} />
            </Fragment>
          ))}
        </div>
        <p class="pad muted small" role="status">
          {waits ? <Trans>The server is being asked.</Trans> : options.length === 0 ? <Trans>Nothing is found for “{text}”. Accounts and clients are found by the beginning of their number, orders by their ticket.</Trans> : ""}
        </p>
      </div>
      <div class="df only-wide"><span class="small muted"><Trans><kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Enter</kbd> open · <kbd>Ctrl Enter</kbd> in a new tab · <kbd>Esc</kbd> close</Trans></span></div>
    </dialog>
  );
}

function Line({ option, text, id, selected, onPoint, onChoose }: {
  option: Option; text: string; id: string; selected: boolean; onPoint: () => void; onChoose: (apart: boolean) => void;
}) {
  const [before, inside, after] = marked(option.name, text);
  return (
    <div class="opt" id={id} role="option" aria-selected={selected} onPointerMove={onPoint} onClick={(event) => onChoose(event.ctrlKey || event.metaKey)}>
      <Icon name={option.icon} />
      <span class="grow">{before}{inside && <mark>{inside}</mark>}{after}{option.about && <span class="about">{option.about}</span>}</span>
    </div>
  );
}

/** Returns the actions that are available on every screen. */
function useActions(text: string): Option[] {
  const link = useSummary().data?.default_link?.full_default_link;
  const dark = isDark(theme.get());
  const group = t`Do`;
  const all: Option[] = [
    ...(link ? [{ group, icon: "link" as const, name: t`Copy your default link`, about: link, href: "", run: () => void copy(link) }] : []),
    { group, icon: "code", name: t`Show the calls behind this screen as code`, href: "/developers" },
    { group, icon: dark ? "sun" : "moon", name: dark ? t`Use light colours` : t`Use dark colours`, href: "", run: () => setTheme(dark ? "light" : "dark") },
  ];
  return all.filter((one) => one.name.toLowerCase().includes(text.toLowerCase()));
}
