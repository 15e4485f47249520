import type { Connection, Picture } from "../types";

/** How a connection ended. */
export interface LastResult {
  /** Unix time in milliseconds. */
  at: number;
  /** How long it was connected, in milliseconds. */
  lasted: number;
}

/** How each profile's connection ended last, as far as this window saw it: the daemon forgets what is over. */
export class LastResults {
  private readonly results = new Map<string, LastResult>();
  private before: Connection | null = null;

  /** Takes what a new picture says. */
  take({ state, daemon }: Picture, at: number): void {
    const { connection } = state;
    const { before } = this;
    const gone = connection === null || connection.profile !== before?.profile || connection.phase === "disconnected";
    const began = before?.connected_at_ms ?? null;
    if (before !== null && gone && began !== null && daemon.kind === "connected") {
      this.results.set(before.profile, { at, lasted: at - began });
    }
    // While it is taken down the daemon has forgotten since when it was up.
    const kept = connection?.phase === "disconnecting" && connection.profile === before?.profile && connection.connected_at_ms === null;
    this.before = kept && connection ? { ...connection, connected_at_ms: began } : connection;
  }

  /** How the profile's connection ended last. */
  of(profile: string): LastResult | null {
    return this.results.get(profile) ?? null;
  }
}
