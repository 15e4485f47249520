import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { TextField } from "../components/field";
import { ProblemView } from "../components/problem";
import type { DialogProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import { isUp } from "./is_up";

/** Gives a profile another name. */
export function RenameDialog({ desk, picture, profile, go, close }: DialogProps & { profile: string }) {
  const { common, profiles } = useStrings();
  const text = profiles.rename;
  const [name, setName] = useState(profile);
  const [typed, setTyped] = useState(false);
  const task = useTask();
  const to = name.trim();
  const taken = to !== profile && picture.profiles.some((other) => other.name === to);
  const fault = taken ? text.taken : typed && to === "" ? text.missing : undefined;
  const up = isUp(picture, profile);
  const ready = to !== "" && !taken && !up;

  function rename() {
    if (!ready) return;
    void task.run(async () => {
      if (to !== profile) {
        await desk.rename(profile, to);
        go({ kind: "profile", profile: to });
      }
      close();
    });
  }

  return (
    <Dialog
      title={text.title(profile)}
      onClose={close}
      onSubmit={rename}
      actions={
        <>
          <Button onClick={close}>{common.cancel}</Button>
          <Button kind="primary" submit busy={task.busy} disabled={!ready}>
            {text.rename}
          </Button>
        </>
      }
    >
      <TextField
        label={text.label}
        first
        value={name}
        onInput={(value) => {
          setName(value);
          setTyped(true);
        }}
        hint={up ? text.connected : undefined}
        fault={fault}
      />
      {task.problem && <ProblemView desk={desk} problem={task.problem} compact />}
    </Dialog>
  );
}
