import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { ProblemView } from "../components/problem";
import type { DialogProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import { isUp } from "./is_up";

/** Asks before a profile is removed; Enter and Escape keep it. */
export function RemoveDialog({ desk, picture, profile, go, close }: DialogProps & { profile: string }) {
  const { common, profiles } = useStrings();
  const text = profiles.remove;
  const task = useTask();

  function remove() {
    void task.run(async () => {
      await desk.remove(profile);
      close();
      go({ kind: "welcome" });
    });
  }

  return (
    <Dialog
      title={text.title}
      onClose={close}
      actions={
        <>
          <Button first onClick={close}>
            {common.cancel}
          </Button>
          <Button kind="danger" busy={task.busy} onClick={remove}>
            {text.remove}
          </Button>
        </>
      }
    >
      <p class="selectable">{text.body(profile)}</p>
      {isUp(picture, profile) && <p class="strong">{text.disconnects}</p>}
      <p class="muted">{text.again}</p>
      {task.problem && <ProblemView desk={desk} problem={task.problem} compact />}
    </Dialog>
  );
}
