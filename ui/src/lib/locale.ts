// The language and the zone that everything is shown in.

/** English dates are written with the day first, as the design has them. */
const tags: Record<string, string> = { en: "en-GB" };

let tag = "en-GB";
let zone = "UTC";

export function setLocale(language: string): void {
  tag = tags[language] ?? language;
}

export const locale = (): string => tag;

/** Sets the zone for times. A zone that this browser does not know is UTC. */
export function setZone(name: string): void {
  try {
    new Intl.DateTimeFormat(tag, { timeZone: name });
    zone = name;
  } catch {
    zone = "UTC";
  }
}

export const timeZone = (): string => zone;
