// The choice of the language. English is in the code; the catalogue of another
// language is loaded when the language is chosen.
import { i18n, type Messages } from "@lingui/core";
import { languages, locale, setFormats, spoken, type Language } from "./locale";
import { store } from "./store";

const key = "tributary-language";

const catalogues: Record<Language, () => Promise<Messages>> = {
  en: async () => ({}),
  es: async () => (await import("../locales/es.json")).default,
  ar: async () => (await import("../locales/ar.json")).default,
};

export const language = store<Language>("en");

export const isRightToLeft = (name: Language) => name === "ar";

/** The last request to show a language. */
let asked = 0;

/** Shows a language, and reports whether it is still the one that was asked for last. */
async function show(name: Language): Promise<boolean> {
  const mine = ++asked;
  const messages = await catalogues[name]().catch((error: unknown) => {
    if (mine === asked) throw error;
  });
  if (!messages || mine !== asked) return false; // another language was chosen while the catalogue was loading
  setFormats(name, navigator.languages);
  i18n.load(name, messages);
  i18n.activate(name, locale());
  document.documentElement.lang = name;
  document.documentElement.dir = isRightToLeft(name) ? "rtl" : "ltr";
  language.set(name);
  return true;
}

function kept(): Language | undefined {
  try {
    const name = localStorage.getItem(key);
    return name && name in languages ? (name as Language) : undefined;
  } catch {
    return undefined; // the browser blocks storage
  }
}

/**
 * Shows the language that was chosen in this browser, or else the browser's own. If
 * its catalogue cannot be loaded, the page is in English.
 */
export async function startLanguage(): Promise<void> {
  await show(kept() ?? spoken(navigator.languages)).catch(() => show("en"));
}

/**
 * Shows a language and keeps the choice in this browser. Of several choices, the last
 * one counts. Fails if the catalogue cannot be loaded.
 */
export async function setLanguage(name: Language): Promise<void> {
  if (!(await show(name))) return;
  try {
    localStorage.setItem(key, name);
  } catch {
    // If storage is blocked, the choice applies only until the tab is closed.
  }
}
