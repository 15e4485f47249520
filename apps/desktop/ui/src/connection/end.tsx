import { Button } from "../components/button";
import type { PageProps } from "../place";
import { asProblem, useTask } from "../task";
import type { UserPrompt } from "../types";

interface EndProps extends Pick<PageProps, "desk" | "ask"> {
  /** "Disconnect" or "Cancel". */
  children: string;
  /** What waits for the user and is let go first. */
  prompt?: UserPrompt | null;
  /** Whether there is a connection to end. */
  connected?: boolean;
  first?: boolean;
}

/** Ends a connection or an attempt, whatever else is still being done. */
export function End({ desk, ask, children, prompt = null, connected = true, first = false }: EndProps) {
  const task = useTask();
  const end = async () => {
    try {
      if (prompt !== null) await desk.answer(prompt.id, { kind: "cancel" });
      if (connected) await desk.disconnect();
    } catch (error) {
      ask({ kind: "problem", problem: asProblem(error) });
    }
  };
  return (
    <Button onClick={() => void task.run(end)} busy={task.busy} first={first}>
      {children}
    </Button>
  );
}
