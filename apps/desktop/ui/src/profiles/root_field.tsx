import { Button } from "../components/button";
import { Field as FieldBox, TextField } from "../components/field";
import { ProblemView } from "../components/problem";
import type { Desk } from "../desk";
import { useStrings } from "../strings";
import { useTask } from "../task";
import { Box, useFault } from "./form_fields";
import { BUILT_IN_ROOTS, rootKey, rootOf } from "./form_state";
import type { FormModel } from "./use_form";

/** Certificate Information: which root the gateway's certificate must come from. */
export function RootField({ desk, model }: { desk: Desk; model: FormModel }) {
  const text = useStrings().profiles.form;
  const reading = useTask();
  const { root } = model.form;
  const fault = useFault(model, "root", text.root);
  const typed = root.kind === "thumbprint";

  function choose() {
    void reading.run(async () => {
      const path = await desk.chooseCertificate(text.rootFileTitle);
      if (path === null) return;
      const read = await desk.readRoot(path);
      model.change({ root: read });
    });
  }

  return (
    <Box field="root">
      <div class="stack-small">
        <FieldBox label={text.root} fault={typed ? undefined : fault}>
          {(control) => (
            <select
              {...control}
              class="input"
              value={rootKey(root)}
              onChange={(event) => {
                const chosen = rootOf(event.currentTarget.value);
                if (chosen) model.change({ root: chosen });
                else choose();
                // Until a file is there the one from before stands.
                if (!chosen) event.currentTarget.value = rootKey(root);
              }}
              onBlur={() => model.leave("root")}
            >
              {BUILT_IN_ROOTS.map(({ sha1, name }) => (
                <option key={sha1} value={`built_in:${sha1}`}>
                  {name}
                </option>
              ))}
              <option value="system">{text.rootSystem}</option>
              <option value="thumbprint">{text.rootThumbprint}</option>
              <option value="file">{root.kind === "file" ? text.rootChosen(root.name, root.subject) : text.rootFile}</option>
            </select>
          )}
        </FieldBox>
        {typed && (
          <TextField
            label={text.thumbprint}
            hint={text.thumbprintHint}
            fault={fault}
            value={root.sha1}
            onInput={(sha1) => model.change({ root: { kind: "thumbprint", sha1 } })}
            onBlur={() => model.leave("root")}
          />
        )}
        {root.kind === "file" && (
          <div>
            <Button icon="file" busy={reading.busy} onClick={choose}>
              {text.rootFileAgain}
            </Button>
          </div>
        )}
        {reading.problem && <ProblemView problem={reading.problem} desk={desk} compact />}
      </div>
    </Box>
  );
}
