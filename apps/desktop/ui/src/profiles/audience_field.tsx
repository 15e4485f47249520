import { useState } from "preact/hooks";
import { Field as FieldBox, TextField } from "../components/field";
import { useStrings } from "../strings";
import { CLOUDS, KNOWN_AUDIENCES, MICROSOFT_REGISTERED_APP } from "./clouds";
import { Box, useFault } from "./form_fields";
import { withSignInOf } from "./form_state";
import type { FormModel } from "./use_form";

const CUSTOM = "custom";

/** Audience: the application that the gateway expects tokens for. */
export function AudienceField({ model }: { model: FormModel }) {
  const text = useStrings().profiles.form;
  const { audience } = model.form;
  const known = KNOWN_AUDIENCES.includes(audience.trim().toLowerCase());
  const [custom, setCustom] = useState(!known && audience !== "");
  const fault = useFault(model, "audience", text.audience);
  const chosen = custom ? CUSTOM : known ? audience.trim().toLowerCase() : "";
  const set = (value: string) => model.change((now) => withSignInOf(now, { audience: value }));

  return (
    <Box field="audience">
      <div class="stack-small">
        <FieldBox label={text.audience} hint={known && !custom ? audience : undefined} fault={custom ? undefined : fault}>
          {(control) => (
            <select
              {...control}
              class="input"
              value={chosen}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setCustom(value === CUSTOM);
                set(value === CUSTOM ? "" : value);
              }}
              onBlur={() => model.leave("audience")}
            >
              {chosen === "" && <option value="">{text.audienceChoose}</option>}
              <option value={MICROSOFT_REGISTERED_APP}>{text.audiences.registered}</option>
              {CLOUDS.map(({ key, manualApp }) => (
                <option key={key} value={manualApp}>
                  {text.audiences[key]}
                </option>
              ))}
              <option value={CUSTOM}>{text.audiences.custom}</option>
            </select>
          )}
        </FieldBox>
        {custom && (
          <TextField
            label={text.audienceCustom}
            fault={fault}
            value={audience}
            onInput={set}
            onBlur={() => model.leave("audience")}
          />
        )}
      </div>
    </Box>
  );
}
