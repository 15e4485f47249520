import { useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { useStrings } from "../strings";
import type { Connection } from "../types";
import type { ConnectionProps } from "./detail";

const MINUTE = 60_000;
/** When the end of a session that nobody renews is told first, and when it is told whatever is planned. */
const FIRST = 10 * MINUTE;
const LAST = 5 * MINUTE;
/** "Remind me" comes back this long before the end. */
const REMINDER = 2 * MINUTE;

/** How long the session still lasts, in milliseconds, when that is worth a warning; null else. */
export function endsIn({ sign_in_expires, sign_in_renews }: Connection, now: number): number | null {
  if (sign_in_expires === null) return null;
  const left = sign_in_expires * 1000 - now;
  const renews = sign_in_renews !== null && sign_in_renews * 1000 > now && sign_in_renews < sign_in_expires;
  return left <= (renews ? LAST : FIRST) ? Math.max(0, left) : null;
}

/** The session is about to end. */
export function Ending({ connection, desk, task, now }: Pick<ConnectionProps, "connection" | "desk" | "task"> & { now: number }) {
  const { ending, renewNow } = useStrings().connection;
  const [later, setLater] = useState<number | null>(null);
  const left = endsIn(connection, now);
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
