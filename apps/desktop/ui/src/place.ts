import type { Desk } from "./desk";
import type { Forbidden, ImportPlan, Picture, Problem } from "./types";

/** Where the user is: what the right side of the window shows. */
export type Place =
  | { kind: "welcome" }
  | { kind: "profile"; profile: string }
  | { kind: "import"; plan: ImportPlan }
  | { kind: "add" }
  | { kind: "edit"; profile: string }
  | { kind: "check"; profile: string }
  | { kind: "diagnose"; profile: string }
  | { kind: "accounts" }
  | { kind: "settings" }
  | { kind: "logs" }
  | { kind: "about" };

/** What lies over the window until it is answered. */
export type DialogRequest =
  | { kind: "rename"; profile: string }
  | { kind: "export"; profile: string }
  | { kind: "remove"; profile: string }
  | { kind: "locked"; deed: Forbidden }
  | { kind: "problem"; problem: Problem };

/** What every page is given. */
export interface PageProps {
  desk: Desk;
  picture: Picture;
  /** Shows another place. */
  go(place: Place): void;
  /** Lays a dialog over the window. */
  ask(dialog: DialogRequest): void;
}

/** What every dialog is given. */
export interface DialogProps {
  desk: Desk;
  picture: Picture;
  go(place: Place): void;
  close(): void;
}

/** The profile a place is about. */
export function profileOf(place: Place): string | null {
  return "profile" in place ? place.profile : null;
}
