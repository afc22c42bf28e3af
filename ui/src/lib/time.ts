// Formats days and times. Times are in the partner's time zone. Days and periods
// are those of the programme, so they are never converted to another zone.
import { t } from "@lingui/core/macro";
import { locale, timeZone } from "./locale";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale() + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale(), options);
    formats.set(key, made);
  }
  return made;
}

const plain = (written: string) => written.replace(/[,،]/g, "");

/** Formats a day from the API, such as "27 Nov 2026". */
export function day(iso: string, options: { weekday?: boolean; year?: boolean } = {}): string {
  const { weekday = false, year = true } = options;
  return plain(
    format({
      timeZone: "UTC", day: "numeric", month: "short", ...(year ? { year: "numeric" } : {}), ...(weekday ? { weekday: "short" } : {}),
    }).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`)),
  );
}

/** Returns the name of a day's month, such as "November". */
export function monthName(iso: string): string {
  return format({ timeZone: "UTC", month: "long" }).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));
}

/** Formats the time of day in the partner's time zone, such as "14:05:02". */
export function clock(at: string | Date, seconds = true): string {
  return format({
    timeZone: timeZone(), hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}), hourCycle: "h23",
  }).format(new Date(at));
}

/** Formats the day of a time in the partner's time zone, such as "27 Nov 2026". */
export function dateOf(at: string | Date, year = true): string {
  return plain(format({ timeZone: timeZone(), day: "numeric", month: "short", ...(year ? { year: "numeric" } : {}) }).format(new Date(at)));
}

/** Formats a time in the partner's time zone, such as "27 Nov 2026 14:05:02". */
export function moment(at: string | Date): string {
  return `${dateOf(at)} ${clock(at)}`;
}

/** Formats a time to the minute with its zone, such as "1 Dec 2026, 00:00 UTC". */
export function untilOf(at: string): string {
  const [date, time] = [dateOf(at), `${clock(at, false)} ${zoneName()}`];
  return t`${date}, ${time}`;
}

/** Returns the name of the partner's time zone, such as "UTC" or "UTC+2 (Johannesburg)". */
export function zoneName(): string {
  const zone = timeZone();
  if (zone === "UTC") return "UTC";
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(new Date()); // other languages may not say GMT
  const offset = parts.find((part) => part.type === "timeZoneName")?.value.replace("GMT", "UTC") ?? "UTC";
  const city = zone.split("/").pop()?.replaceAll("_", " ") ?? zone;
  return `${offset} (${city})`;
}

/** Formats the time between two moments, such as "2 min 50 s". */
export function duration(from: string, to: string): string {
  let left = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  const units: [(many: number) => string, number][] = [
    [(many) => t`${many} d`, 86400], [(many) => t`${many} h`, 3600], [(many) => t`${many} min`, 60], [(many) => t`${many} s`, 1],
  ];
  const said: string[] = [];
  for (const [unit, seconds] of units) {
    const many = Math.floor(left / seconds);
    left -= many * seconds;
    if (many && said.length < 2) said.push(unit(many));
    else if (said.length) break;
  }
  const none = 0;
  return said.join(" ") || t`${none} s`;
}

/** Returns the day that is a number of days after another day. */
export function plusDays(iso: string, days: number): string {
  const at = new Date(`${iso}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Returns the first day of the month that is a number of months after a day's month. */
export function firstOfMonth(iso: string, months = 0): string {
  const at = new Date(`${iso.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + months);
  return at.toISOString().slice(0, 10);
}

export function lastOfMonth(iso: string): string {
  return plusDays(firstOfMonth(iso, 1), -1);
}
