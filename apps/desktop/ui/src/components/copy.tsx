import { useEffect, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { useStrings } from "../strings";
import { Button } from "./button";

interface CopyProps {
  desk: Desk;
  text: string;
  /** What is copied: "Copy link". */
  children: string;
  kind?: "plain" | "quiet";
}

/** Copies a text and says that it did. */
export function Copy({ desk, text, children, kind = "plain" }: CopyProps) {
  const { common } = useStrings();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const back = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(back);
  }, [done]);
  return (
    <>
      <Button kind={kind} icon={done ? "check" : "copy"} onClick={() => void desk.copy(text).then(() => setDone(true))}>
        {done ? common.copied : children}
      </Button>
      <span class="unseen" role="status">
        {done ? common.copied : ""}
      </span>
    </>
  );
}
