import { useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { useStrings } from "../strings";
import type { ConnectionProps } from "./detail";

const MINUTE = 60_000;
/** "Remind me" comes back this long before the end. */
const REMINDER = 2 * MINUTE;

interface EndingProps extends Pick<ConnectionProps, "connection" | "desk" | "task" | "memory"> {
  now: number;
}

/** The session is about to end. */
export function Ending({ connection, desk, task, memory, now }: EndingProps) {
  const { ending, renewNow } = useStrings().connection;
  const [later, setLater] = useState<number | null>(null);
  const left = memory.renewal.endsIn(connection, now);
  if (left === null || (later === connection.sign_in_expires && left > REMINDER)) return null;
  return (
    <Banner
      tone="warning"
      title={ending.title(Math.ceil(left / MINUTE))}
      alert
      actions={
        <>
          <Button kind="primary" busy={task.busy} onClick={() => void task.run(() => desk.renewNow())}>
            {renewNow}
          </Button>
          {left > REMINDER && <Button onClick={() => setLater(connection.sign_in_expires)}>{ending.remind}</Button>}
        </>
      }
    >
      <p>{ending.text}</p>
    </Banner>
  );
}
