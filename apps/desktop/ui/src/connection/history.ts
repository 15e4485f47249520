import type { Connection } from "../types";

/** What went through the tunnel at a time. */
interface Sample {
  /** Unix time in milliseconds. */
  at: number;
  /** Bytes a second; null where nobody was counting. */
  rates: { received: number; sent: number } | null;
}

/** One line of the graph: bytes a second, oldest first; null where it is not known. */
export type Series = (number | null)[];

/** The longest span that is shown, in milliseconds. */
const KEPT = 10 * 60 * 1000;

/**
 * The traffic of the last minutes. The daemon tells of it when it changes, so each sample
 * holds until the next.
 */
export class History {
  private samples: Sample[] = [];
  private session: string | null = null;
  private last: string | null = null;

  /** Takes what a new picture says. */
  take(connection: Connection | null, at: number): void {
    if (connection?.phase !== "connected") return;
    const session = `${connection.profile} ${connection.connected_at_ms ?? 0}`;
    if (session !== this.session) this.samples = [];
    const { received, sent, receive_rate, send_rate } = connection.traffic;
    const seen = `${session} ${received} ${sent} ${receive_rate} ${send_rate}`;
    if (seen === this.last) return;
    this.session = session;
    this.last = seen;
    this.add({ at, rates: { received: receive_rate, sent: send_rate } });
  }

  /** From now on nobody counts. */
  rest(at: number): void {
    if (this.samples.length > 0) this.add({ at, rates: null });
    this.last = null;
  }

  /** The last `points * step` milliseconds in so many points, each the mean of its span. */
  series(now: number, points: number, step: number): { received: Series; sent: Series } {
    const spans = Array.from({ length: points }, (_, index) => now - (points - index) * step);
    return {
      received: spans.map((from) => this.mean(from, from + step, "received")),
      sent: spans.map((from) => this.mean(from, from + step, "sent")),
    };
  }

  private add(sample: Sample): void {
    this.samples.push(sample);
    const oldest = sample.at - KEPT;
    // The last one before the span still holds at its beginning.
    while (this.samples.length > 1 && (this.samples[1]?.at ?? oldest) <= oldest) this.samples.shift();
  }

  private mean(from: number, to: number, which: "received" | "sent"): number | null {
    let known = 0;
    let sum = 0;
    this.samples.forEach(({ at, rates }, index) => {
      const until = this.samples[index + 1]?.at ?? to;
      const overlap = Math.min(until, to) - Math.max(at, from);
      if (rates === null || overlap <= 0) return;
      known += overlap;
      sum += rates[which] * overlap;
    });
    return known === 0 ? null : sum / known;
  }
}
