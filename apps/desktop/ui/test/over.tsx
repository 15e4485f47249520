import { useEffect, useState } from "preact/hooks";
import type { DialogRequest, Place } from "../src/place";
import { Window } from "../src/shell/window";
import type { Picture } from "../src/types";
import type { DeskDouble } from "./double";

/** The whole window over a double, begun at a place. */
export function Over({ desk, start, dialog }: { desk: DeskDouble; start?: Place | undefined; dialog?: DialogRequest | undefined }) {
  const [now, setNow] = useState<Picture | null>(null);
  useEffect(() => desk.follow(setNow), [desk]);
  if (now === null) return null;
  return <Window desk={desk} picture={now} {...(start ? { start } : {})} {...(dialog ? { dialog } : {})} />;
}
