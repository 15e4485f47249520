import type { Desk } from "../desk";
import type { PageProps } from "../place";
import type { Strings } from "../strings";
import type { ImportPlan } from "../types";

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
export function WaysIn(_: PageProps) {
  return null;
}
