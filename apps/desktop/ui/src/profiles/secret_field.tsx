import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { Field as FieldBox } from "../components/field";
import { useStrings } from "../strings";
import { Box, useFault } from "./form_fields";
import { digitsIn, SECRET_DIGITS } from "./form_state";
import type { FormModel } from "./use_form";

/** Server Secret: masked, with a counter; a stored one stays unless it is replaced. */
export function SecretField({ model, stored }: { model: FormModel; stored: boolean }) {
  const { common, profiles } = useStrings();
  const text = profiles.form;
  const [seen, setSeen] = useState(false);
  const { secret } = model.form;
  const fault = useFault(model, "secret", text.secret);
  const digits = digitsIn(secret);

  if (secret === null && stored) {
    return (
      <Box field="secret">
        <FieldBox label={text.secret} fault={fault}>
          {(control) => (
            <div class="field-line">
              <input {...control} class="input" type="text" readOnly value={text.secretStored} />
              <Button onClick={() => model.change({ secret: "" })}>{text.secretReplace}</Button>
            </div>
          )}
        </FieldBox>
      </Box>
    );
  }
  return (
    <Box field="secret">
      <FieldBox label={text.secret} hint={text.secretCount(digits, SECRET_DIGITS)} fault={fault}>
        {(control) => (
          <div class="field-line">
            <input
              {...control}
              class="input mono"
              type={seen ? "text" : "password"}
              autocomplete="off"
              spellcheck={false}
              autocapitalize="off"
              value={secret ?? ""}
              onInput={(event) => model.change({ secret: event.currentTarget.value })}
              onBlur={() => model.leave("secret")}
            />
            <Button label={seen ? text.hideSecret : text.showSecret} onClick={() => setSeen(!seen)}>
              {seen ? text.hide : common.show}
            </Button>
            {stored && <Button onClick={() => model.change({ secret: null })}>{text.secretKeep}</Button>}
          </div>
        )}
      </FieldBox>
    </Box>
  );
}
