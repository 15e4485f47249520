import type { PageProps } from "../place";
import { asProblem } from "../task";

/** Connects from a place that is left by it: what goes wrong is told in a dialog. */
export function connectOrTell({ desk, ask }: Pick<PageProps, "desk" | "ask">, profile: string): void {
  desk.connect(profile).catch((error: unknown) => {
    const problem = asProblem(error);
    // The user knows what they cancelled.
    if (problem.code !== "cancelled") ask({ kind: "problem", problem });
  });
}
