import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { ProblemView } from "../components/problem";
import { ProfileDialog } from "../pages/dialog";
import type { DialogProps, DialogRequest } from "../place";
import { useStrings } from "../strings";

/** The dialog that was asked for. */
export function Dialogs({ request, ...dialog }: DialogProps & { request: DialogRequest }) {
  const { common, problems } = useStrings();
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
