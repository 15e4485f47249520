const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** The system's own variant of the language, for numbers and times. */
function regional(locale: string): string {
  const own = navigator.languages.find((tag) => tag.toLowerCase().startsWith(locale));
  return own ?? (locale === "en" ? "en-GB" : locale);
}

/** Bytes in decimal units, three digits at most: "412 MB", "1.2 GB". */
export function bytes(count: number, locale: string): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  const text = new Intl.NumberFormat(regional(locale), { maximumFractionDigits: digits }).format(value);
  return `${text} ${UNITS[unit] ?? ""}`;
}

/** Bytes a second: "1.2 MB/s". */
export function rate(bytesPerSecond: number, locale: string): string {
  return `${bytes(bytesPerSecond, locale)}/s`;
}

/** A span as a clock shows it: "4:07", "2:14:07", "75:00:00". */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A time of day; with its day when that is not the day of `now`. Both are Unix time in milliseconds. */
export function timeOfDay(at: number, now: number, locale: string): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(regional(locale), {
    hour: "2-digit",
    minute: "2-digit",
    ...(sameDay ? {} : { weekday: "short", day: "numeric", month: "short" }),
  }).format(at);
}

/** A day, for Unix time in milliseconds. */
export function day(at: number, locale: string): string {
  return new Intl.DateTimeFormat(regional(locale), { dateStyle: "medium" }).format(at);
}

/** How long something took: "0.2 s", "14 s". */
export function took(milliseconds: number, locale: string): string {
  const seconds = milliseconds / 1000;
  const digits = seconds < 10 ? (seconds < 0.1 ? 2 : 1) : 0;
  return `${new Intl.NumberFormat(regional(locale), { maximumFractionDigits: digits }).format(seconds)} s`;
}

/** Microseconds as milliseconds: "21 ms". */
export function roundTrip(microseconds: number, locale: string): string {
  const milliseconds = microseconds / 1000;
  const digits = milliseconds < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(regional(locale), { maximumFractionDigits: digits }).format(milliseconds)} ms`;
}

/** With the full stop that the service's last sentence may lack. */
export function ended(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`;
}
