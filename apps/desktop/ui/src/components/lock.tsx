import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import type { Forbidden, Locks } from "../types";
import { Icon, type IconName } from "./icon";

/** What nobody has locked. */
export const UNLOCKED: Locks = { organisation: null, contact: null, settings: [], forbidden: [] };

const LocksContext = createContext<Locks>(UNLOCKED);

/** Gives what an administrator has decided to all that is inside. */
export const LocksProvider = LocksContext.Provider;

/** What an administrator has decided. */
export function useLocks(): Locks {
  return useContext(LocksContext);
}

/** Whether the user may not do this. */
export function useForbidden(deed: Forbidden): boolean {
  return useLocks().forbidden.includes(deed);
}

/**
 * The way to something that may be forbidden: where it is, the same control tells who
 * forbids it instead. It stays within reach of the keyboard, since nobody would learn why
 * from a control that cannot be reached.
 */
export function useLock(deed: Forbidden, ask: PageProps["ask"]) {
  const locked = useForbidden(deed);
  return {
    locked,
    /** Its drawing, or that of a lock. */
    icon: (usual: IconName): IconName => (locked ? "lock" : usual),
    /** Does it, or says why not. */
    unless: (run: () => void) => (locked ? () => ask({ kind: "locked", deed }) : run),
  };
}

/** Who has decided, beside what cannot be changed here. */
export function LockNote() {
  const { locks } = useStrings();
  const { organisation } = useLocks();
  return (
    <span class="lock-note">
      <Icon name="lock" />
      <span>{locks.by(organisation ?? locks.administrator)}</span>
    </span>
  );
}

/** Where the user may ask about what is locked; nothing where nobody said. */
export function LockContact() {
  const { locks } = useStrings();
  const { contact } = useLocks();
  return contact === null ? null : <p class="selectable">{locks.ask(contact)}</p>;
}
