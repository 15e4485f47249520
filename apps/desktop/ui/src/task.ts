import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "./types";

/** A call to the desk that may take a while and may fail. */
export interface Task {
  busy: boolean;
  problem: Problem | null;
  /** Runs one call at a time; a second while the first runs is let go. Tells whether it succeeded. */
  run(work: () => Promise<void>): Promise<boolean>;
  /** Takes the problem away. */
  clear(): void;
}

/** One call at a time, with what is to be shown of it. */
export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = useRef(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  const run = useCallback(async (work: () => Promise<void>) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      const told = asProblem(error);
      // The user knows what they cancelled.
      if (!gone.current && told.code !== "cancelled") setProblem(told);
      return false;
    } finally {
      running.current = false;
      if (!gone.current) setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setProblem(null), []);
  return { busy, problem, run, clear };
}

/** What was thrown, as a problem: the desk throws nothing else, a plugin may. */
export function asProblem(error: unknown): Problem {
  if (typeof error === "object" && error !== null && "code" in error && "summary" in error) {
    return error as Problem;
  }
  const summary = error instanceof Error ? error.message : String(error);
  return { code: "other", summary, cause: null, hint: "", remedy: "give_up", details: [] };
}
