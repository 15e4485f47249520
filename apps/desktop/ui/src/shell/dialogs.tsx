import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { LockContact, useLocks } from "../components/lock";
import { ProblemView } from "../components/problem";
import { ProfileDialog } from "../pages/dialog";
import type { DialogProps, DialogRequest } from "../place";
import { useStrings } from "../strings";
import type { Forbidden } from "../types";

/** The dialog that was asked for. */
export function Dialogs({ request, ...dialog }: DialogProps & { request: DialogRequest }) {
  const { common, problems } = useStrings();
  if (request.kind === "locked") return <LockedDialog {...dialog} deed={request.deed} />;
  if (request.kind !== "problem") return <ProfileDialog {...dialog} request={request} />;
  return (
    <Dialog
      title={problems.codes[request.problem.code].title}
      onClose={dialog.close}
      actions={
        <Button kind="primary" first onClick={dialog.close}>
          {common.close}
        </Button>
      }
    >
      <ProblemView desk={dialog.desk} problem={request.problem} compact />
    </Dialog>
  );
}

/** Who forbids what was asked for. */
function LockedDialog({ deed, close }: DialogProps & { deed: Forbidden }) {
  const { common, locks } = useStrings();
  const { organisation } = useLocks();
  return (
    <Dialog
      title={locks.title}
      onClose={close}
      actions={
        <Button kind="primary" first onClick={close}>
          {common.close}
        </Button>
      }
    >
      <p>{locks.deeds[deed](organisation ?? locks.administrator)}</p>
      <LockContact />
    </Dialog>
  );
}
