import { useEffect, useState } from "preact/hooks";
import type { Desk } from "./desk";
import { Window } from "./shell/window";
import type { Picture } from "./types";

/** The whole window: a function of the picture and of where the user is. */
export function App({ desk }: { desk: Desk }) {
  const [picture, setPicture] = useState<Picture | null>(null);
  useEffect(() => desk.follow(setPicture), [desk]);
  if (picture === null) {
    return null;
  }
  return <Window desk={desk} picture={picture} />;
}
