// The language and the zone that everything is shown in.

/** English, with the day before the month, as the design has it. */
const tag = "en-GB";

let zone = "UTC";

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
