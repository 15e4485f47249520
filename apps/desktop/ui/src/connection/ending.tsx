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
  const [later, setLater] = useState(memory.renewal.putOff);
  const left = memory.renewal.endsIn(connection, now);
  if (left === null || (later === connection.sign_in_expires && left > REMINDER)) return null;
  const remindLater = () => {
    memory.renewal.putOff = connection.sign_in_expires;
    setLater(connection.sign_in_expires);
  };
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
          {left > REMINDER && <Button onClick={remindLater}>{ending.remind}</Button>}
        </>
      }
    >
      <p>{ending.text}</p>
    </Banner>
  );
}
