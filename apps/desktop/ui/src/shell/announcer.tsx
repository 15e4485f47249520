import { phaseOf } from "../connection/phase";
import { useStrings } from "../strings";
import type { Picture } from "../types";

/** Tells screen readers of a change of state, once, when they are ready to listen. */
export function Announcer({ picture }: { picture: Picture }) {
  const { shell, phases } = useStrings();
  const { connection } = picture.state;
  const parts = [
    picture.daemon.kind === "missing" ? shell.missing.title : "",
    connection && connection.profile !== "" ? shell.announce(connection.profile, phases[phaseOf(connection)]) : "",
  ];
  return (
    <div class="unseen" role="status" aria-live="polite">
      {parts.filter(Boolean).join(" ")}
    </div>
  );
}
