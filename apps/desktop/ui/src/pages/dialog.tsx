import type { DialogProps, DialogRequest } from "../place";

/** The dialogs about a profile. */
export function ProfileDialog({ request }: DialogProps & { request: Exclude<DialogRequest, { kind: "problem" }> }) {
  return <p>{request.kind}</p>;
}
