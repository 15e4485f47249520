import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { Field as FieldBox } from "../components/field";
import { useStrings } from "../strings";
import { Box, useFault } from "./form_fields";
import { digitsIn, SECRET_DIGITS } from "./form_state";
import type { FormModel } from "./use_form";

/** Server Secret: a stored one stays unless it is replaced. */
export function SecretField({ model, stored }: { model: FormModel; stored: boolean }) {
  const text = useStrings().profiles.form;
  const { secret } = model.form;
  const fault = useFault(model, "secret", text.secret);

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
      <SecretInput
        secret={secret ?? ""}
        onInput={(typed) => model.change({ secret: typed })}
        onBlur={() => model.leave("secret")}
        fault={fault}
        tools={stored && <Button onClick={() => model.change({ secret: null })}>{text.secretKeep}</Button>}
      />
    </Box>
  );
}

interface SecretInputProps {
  secret: string;
  onInput(secret: string): void;
  onBlur?(): void;
  fault?: ComponentChildren;
  /** Beside the button that shows it. */
  tools?: ComponentChildren;
}

/** A server secret while it is typed: masked unless it is to be shown, with a counter. */
export function SecretInput({ secret, onInput, onBlur, fault, tools }: SecretInputProps) {
  const { common, profiles } = useStrings();
  const text = profiles.form;
  const [seen, setSeen] = useState(false);
  return (
    <FieldBox label={text.secret} hint={text.secretCount(digitsIn(secret), SECRET_DIGITS)} fault={fault}>
      {(control) => (
        <div class="field-line">
          <input
            {...control}
            class="input mono"
            type={seen ? "text" : "password"}
            autocomplete="off"
            spellcheck={false}
            autocapitalize="off"
            value={secret}
            onInput={(event) => onInput(event.currentTarget.value)}
            onBlur={() => onBlur?.()}
          />
          <Button label={seen ? text.hideSecret : text.showSecret} onClick={() => setSeen(!seen)}>
            {seen ? text.hide : common.show}
          </Button>
          {tools}
        </div>
      )}
    </FieldBox>
  );
}
