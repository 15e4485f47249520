import type { LogLine } from "../types";

/** The levels of the log, gravest first. */
export const LEVELS = ["error", "warn", "info", "debug", "trace"] as const;
export type Level = (typeof LEVELS)[number];

/** The lines of a level and graver whose text has all words of the search. */
export function filtered(lines: readonly LogLine[], level: Level, search: string): LogLine[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const least = LEVELS.indexOf(level);
  return lines.filter((line) => {
    const rank = LEVELS.findIndex((known) => known === line.level.toLowerCase());
    // A level of another name is shown rather than lost.
    if (rank > least) {
      return false;
    }
    const text = line.text.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** A line as it is copied: time of day in UTC, as the daemon's own log has it. */
export function lineText(line: LogLine): string {
  return `${new Date(line.at_ms).toISOString()} ${line.level.toUpperCase().padEnd(5)} ${line.text}`;
}
