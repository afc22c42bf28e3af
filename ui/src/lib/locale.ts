// The language, the formats and the time zone in which the page shows everything.

/** The languages of the page: their codes, and what they call themselves. */
export const languages = { en: "English", es: "Español", ar: "العربية" } as const;

export type Language = keyof typeof languages;

/** The tag for the formats of numbers and times, which Intl understands. */
let tag = "en-GB";

let zone = "UTC";

export const locale = (): string => tag;

/** Returns the first of the browser's languages that the page has, or English. */
export function spoken(browser: readonly string[]): Language {
  const known = browser.map((name) => name.split("-")[0]!.toLowerCase()).find((name) => name in languages);
  return (known as Language | undefined) ?? "en";
}

/**
 * Sets the formats of a language. They are those of the browser's country, if the
 * browser has the language, because Mexico writes numbers differently from Spain.
 * English is always British, which puts the day before the month, as the design
 * requires. Digits are Latin and the calendar is Gregorian in every language, as in
 * the broker's terminals.
 */
export function setFormats(language: Language, browser: readonly string[] = []): void {
  const own = browser.find((name) => name.split("-")[0]!.toLowerCase() === language) ?? language;
  tag = language === "en" ? "en-GB" : new Intl.Locale(own, { calendar: "gregory", numberingSystem: "latn" }).toString();
}

/** Returns the decimal mark of the language. */
export function decimalMark(): string {
  return new Intl.NumberFormat(tag).formatToParts(0.5).find((part) => part.type === "decimal")?.value ?? ".";
}

/**
 * Replaces the digits of an Arabic keyboard by Latin ones, and its decimal mark by
 * that of the language.
 */
export function latinDigits(typed: string): string {
  return typed.replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660)).replaceAll("٫", decimalMark()).replaceAll("٬", "").replaceAll("٪", "%");
}

/** Sets the time zone for times. If the browser does not know the zone, the page uses UTC. */
export function setZone(name: string): void {
  try {
    new Intl.DateTimeFormat(tag, { timeZone: name });
    zone = name;
  } catch {
    zone = "UTC";
  }
}

export const timeZone = (): string => zone;
