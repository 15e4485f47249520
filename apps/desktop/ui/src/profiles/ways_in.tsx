import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../components/icon";
import { useLock } from "../components/lock";
import type { Desk } from "../desk";
import type { DialogRequest, PageProps } from "../place";
import { type Strings, useStrings } from "../strings";
import { asProblem } from "../task";
import type { ImportPlan } from "../types";

const FORBIDDEN: DialogRequest = { kind: "locked", deed: "change-profiles" };

/** How the user begins an import. */
export type WayIn = "files" | "folder" | "azure";

/** Asks for what is to be imported and looks at it; null when nothing was chosen. */
export async function beginImport(desk: Desk, way: WayIn, { shell }: Strings): Promise<ImportPlan | null> {
  if (way === "azure") return desk.inspectAzureVpnClient();
  if (way === "folder") {
    const folder = await desk.chooseFolder(shell.chooseFolder);
    return folder === null ? null : desk.inspectFiles([folder]);
  }
  const files = await desk.chooseFiles(shell.chooseFiles);
  return files === null || files.length === 0 ? null : desk.inspectFiles(files);
}

/** What comes in by itself: files dropped on the window or opened from outside. */
export function WaysIn({ desk, picture, go, ask }: PageProps) {
  const { drop } = useStrings().profiles;
  const { locked } = useLock("change-profiles", ask);
  const [state, setState] = useState<"none" | "over" | "looking">("none");
  const shown = useRef<number | null>(null);

  useEffect(
    () =>
      desk.followDrops(
        (over) => setState((now) => (now === "looking" ? now : over ? "over" : "none")),
        (paths) => {
          if (locked) {
            setState("none");
            ask(FORBIDDEN);
            return;
          }
          setState("looking");
          desk
            .inspectFiles(paths)
            .then((plan) => go({ kind: "import", plan }))
            .catch((error: unknown) => ask({ kind: "problem", problem: asProblem(error) }))
            .finally(() => setState("none"));
        },
      ),
    [desk, go, ask, locked],
  );

  const opened = picture.opened;
  useEffect(() => {
    if (opened === null || opened.id === shown.current) return;
    shown.current = opened.id;
    if (locked) {
      ask(FORBIDDEN);
      // Nobody will look at it, and it may hold secrets.
      void desk.dropImport(opened.id).catch(() => undefined);
      return;
    }
    go({ kind: "import", plan: opened });
  }, [desk, opened, go, ask, locked]);

  return (
    <div role="status">
      {state !== "none" && (
        <div class="drop">
          <div class="drop-box">
            <Icon name={state === "over" ? "import" : "progress"} spin={state === "looking"} />
            <p class="drop-title">{state === "over" ? drop.title : drop.looking}</p>
            {state === "over" && <p class="muted">{drop.hint}</p>}
          </div>
        </div>
      )}
    </div>
  );
}
