import { useRef } from "preact/hooks";
import { moved } from "../components/menu";
import { connectOrTell } from "../connection/connect";
import { isActive, PhaseIcon, phaseOf } from "../connection/phase";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import type { Entry } from "./settle";

interface ProfileListProps extends PageProps {
  entries: Entry[];
  chosen: string | null;
  select(profile: string): void;
}

/** The list of connections: arrows move in it, Enter connects. */
export function ProfileList({ desk, picture, entries, chosen, select, go, ask }: ProfileListProps) {
  const { shell, phases } = useStrings();
  const list = useRef<HTMLUListElement>(null);
  const reached = Math.max(
    0,
    entries.findIndex(({ name }) => name === chosen),
  );

  function handleKey(event: KeyboardEvent) {
    const entry = entries[reached];
    const next = moved(event.key, reached, entries.length);
    const target = next === null ? undefined : entries[next];
    if (next !== null && target) {
      event.preventDefault();
      select(target.name);
      (list.current?.children[next] as HTMLElement | undefined)?.focus();
    } else if (event.key === "Enter" && entry) {
      event.preventDefault();
      go({ kind: "profile", profile: entry.name });
      if (picture.daemon.kind === "connected" && !isActive(entry.connection)) {
        connectOrTell({ desk, ask }, entry.name);
      }
    }
  }

  if (entries.length === 0) return <div class="list-empty" />;
  return (
    <ul ref={list} class="list" role="listbox" aria-label={shell.connections} onKeyDown={handleKey}>
      {entries.map((entry, index) => {
        const phase = phaseOf(entry.connection);
        return (
          <li
            key={entry.name}
            role="option"
            class="list-item"
            aria-selected={entry.name === chosen}
            tabIndex={index === reached ? 0 : -1}
            onClick={() => go({ kind: "profile", profile: entry.name })}
          >
            <PhaseIcon phase={phase} waits={entry.waits} />
            <span class="list-text">
              <span class="list-name">{entry.name}</span>
              <span class="list-state">{phases[phase]}</span>
              {entry.account !== null && <span class="list-account">{entry.account}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
