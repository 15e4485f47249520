import type { DialogProps, DialogRequest } from "../place";
import { ExportDialog } from "../profiles/export_dialog";
import { RemoveDialog } from "../profiles/remove_dialog";
import { RenameDialog } from "../profiles/rename_dialog";

/** The dialogs about a profile. */
export function ProfileDialog({
  request,
  ...dialog
}: DialogProps & { request: Exclude<DialogRequest, { kind: "problem" | "locked" }> }) {
  switch (request.kind) {
    case "rename":
      return <RenameDialog {...dialog} profile={request.profile} />;
    case "export":
      return <ExportDialog {...dialog} profile={request.profile} />;
    case "remove":
      return <RemoveDialog {...dialog} profile={request.profile} />;
  }
}
