import type { Connection } from "../types";

/** When the end of a session that nobody renews is told, in milliseconds before it. */
const WARNING = 10 * 60 * 1000;

/**
 * Whether the sign-in renews by itself. A renewal that is planned later than it first was
 * has failed before.
 */
export class Renewal {
  /** The end that the user wants to be reminded of later, Unix time in seconds. */
  putOff: number | null = null;

  private expires: number | null = null;
  private first: number | null = null;

  /** Takes what a new picture says. */
  take(connection: Connection | null): void {
    if (connection === null) return;
    if (connection.sign_in_expires !== this.expires) {
      this.expires = connection.sign_in_expires;
      this.first = null;
    }
    this.first ??= connection.sign_in_renews;
  }

  /** How long the session still lasts, in milliseconds, when that is worth a warning; null else. */
  endsIn({ phase, sign_in_expires, sign_in_renews }: Connection, now: number): number | null {
    if (phase !== "connected" || sign_in_expires === null) return null;
    const left = sign_in_expires * 1000 - now;
    const renews = sign_in_renews !== null && sign_in_renews * 1000 > now && sign_in_renews <= (this.first ?? sign_in_renews);
    return renews || left > WARNING ? null : Math.max(0, left);
  }
}
