import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Link } from "wouter";
import { recent, type Recent } from "../api/recent";
import { copy } from "../lib/copy";
import { useStore } from "../lib/store";
import { Choice } from "../parts/field";
import { Icon } from "../parts/icon";
import { Note } from "../parts/note";
import { Panel } from "../parts/panel";
import { Empty } from "../parts/states";
import { screenAt } from "../shell/screens";
import { codeOf, languages, type Language } from "./code";

/** The requests of the frame around every screen. They say nothing about the screen. */
const frame = ["/api/partner/summary/", "/api/partner/profile/", "/api/notifications/", "/api/v1/reports/"];

const isFrame = (call: Recent) => frame.includes(call.url.split("?")[0]!) || (call.url.startsWith("/api/v2/autorebates/rebates/?status=pending") && !/^\/(rebates.*)?$/.test(call.screen));

/** Removes the offset, because the pages of one list count as one request. */
const withoutOffset = (url: string) => url.replace(/&offset=\d+/, "");

/** Returns the screens that were visited, the last one first, without this one. */
function lookedAt(calls: Recent[]): string[] {
  const screens = calls.map((call) => call.screen).filter((screen) => !/^\/(developers|more)/.test(screen));
  return [...new Set(screens)];
}

/** Shows the requests of the visited screens as code. */
export function Calls() {
  const calls = useStore(recent);
  const screens = lookedAt(calls);
  const [chosen, setChosen] = useState<string>();
  const [opened, setOpened] = useState<string>();
  const screen = chosen ?? screens[0];
  if (!screen) {
    return (
      <Empty title={t`No calls yet`}>
        <p><Trans>Look at any screen, then come back: the calls that it made are here, ready for a program.</Trans></p>
        <Link class="btn" href="/"><Trans>Go to Home</Trans></Link>
      </Empty>
    );
  }
  const all = calls.filter((call) => call.screen === screen);
  const own = all.filter((call) => !isFrame(call));
  const list = [...new Set((own.length > 0 ? own : all).map((call) => withoutOffset(call.url)))];
  const call = list.find((one) => one === opened) ?? list[0];
  return (
    <div class="grid g-11 calls">
      <Panel title={t`Calls`} sub={<Trans>behind what you looked at</Trans>}>
        <div class="stack gap12">
          <Choice
            label={t`Screen`} value={screen} onValue={(next) => { setChosen(next); setOpened(undefined); }}
            options={screens.map((path) => ({ value: path, text: `${screenAt(path)?.name() ?? ""} · ${path}` }))}
          />
          <ul class="pick">
            {list.map((one) => (
              <li key={one}>
                <button type="button" class="li" aria-pressed={one === call} onClick={() => setOpened(one)}>
                  <code>{one.split("?")[0]}</code>
                  <span class="small muted cut">{parametersOf(one) || t`no parameters`}</span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </Panel>
      {call && <Code url={location.origin + call} />}
    </div>
  );
}

const parametersOf = (url: string) => [...new URLSearchParams(url.split("?")[1] ?? "")].map(([name, value]) => `${name}=${value}`).join(", ");

function Code({ url }: { url: string }) {
  const [language, setLanguage] = useState<Language>("curl");
  const code = codeOf(language, url);
  return (
    <Panel
      title={t`As code`}
      end={
        <span class="seg" role="group" aria-label={t`Language`}>
          {languages.map((one) => <button key={one} type="button" aria-pressed={language === one} onClick={() => setLanguage(one)}>{one}</button>)}
        </span>
      }
    >
      <div class="stack gap12">
        <pre class="codebox" tabIndex={0} role="region" aria-label={t`Code in ${language}`}>{code}</pre>
        <div class="row"><button class="btn primary" type="button" onClick={() => void copy(code)}><Icon name="copy" /><Trans>Copy code</Trans></button></div>
        <Note><Trans>The code reads a key from TRIBUTARY_KEY. <Link href="/settings/keys">Make a key</Link> for each program. A list has at most 1,000 rows at once: go on with offset.</Trans></Note>
      </div>
    </Panel>
  );
}
