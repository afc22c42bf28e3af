// The language and the time zone in which the page shows everything.

/** British English, which puts the day before the month, as the design requires. */
const tag = "en-GB";

let zone = "UTC";

export const locale = (): string => tag;

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
