import { t } from "@lingui/core/macro";
import { useEffect, useRef, useState } from "react";
import { language, setLanguage } from "../lib/language";
import { languages, type Language } from "../lib/locale";
import { useStore } from "../lib/store";
import { Choice } from "./field";

const options = Object.entries(languages).map(([value, text]) => ({ value, text }));

let chosen = false; // true after a choice, which draws the page from the start

/** The choice of the language. It keeps the focus when the page is drawn in the new language. */
export function LanguageChoice() {
  const now = useStore(language);
  const [failed, setFailed] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) ref.current?.querySelector("select")?.focus();
    chosen = false;
  }, []);
  function choose(name: string) {
    chosen = true;
    setFailed(false);
    setLanguage(name as Language).catch(() => {
      chosen = false;
      setFailed(true);
    });
  }
  return (
    <div class="language" ref={ref}>
      <Choice
        label={t`Language`} value={now} options={options} onValue={choose}
        fault={failed ? t`The language could not be loaded. Check your connection, then try again.` : undefined}
      />
    </div>
  );
}
