import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { CheckField, Field as FieldBox, TextField } from "../components/field";
import type { Desk } from "../desk";
import { useStrings } from "../strings";
import type { Field, SignInKind } from "../types";
import { AudienceField } from "./audience_field";
import { foreignHost } from "./clouds";
import { FOLDED, shows, usesFolded, withSignInOf } from "./form_state";
import { RootField } from "./root_field";
import { SecretField } from "./secret_field";
import type { FormModel } from "./use_form";

/** Fields whose value is one text. */
type TextKey = "name" | "server" | "tenant" | "issuer" | "username" | "secondary_server";
type ListKey = "dns_servers" | "dns_suffixes" | "include" | "exclude";

const KINDS: readonly SignInKind[] = ["entra", "certificate", "password"];

/** The fields as Microsoft's client has them, and the others folded below. */
export function FormFields({ desk, model, stored }: { desk: Desk; model: FormModel; stored: boolean }) {
  const text = useStrings().profiles.form;
  return (
    <>
      <div class="form-group">
        <Line model={model} field="name" label={text.name} first />
        <Line model={model} field="server" label={text.server} hint={text.serverHint} />
      </div>
      <FieldSet legend={text.serverValidation}>
        <RootField desk={desk} model={model} />
        <SecretField model={model} stored={stored} />
      </FieldSet>
      <FieldSet legend={text.clientAuthentication}>
        <KindField model={model} />
        <Line
          model={model}
          field="tenant"
          label={text.tenant}
          hint={text.tenantHint}
          set={(tenant) => model.change((now) => withSignInOf(now, { tenant }))}
        />
        <Trust model={model} />
        {shows(model.form, "audience") && <AudienceField model={model} />}
        <Line model={model} field="issuer" label={text.issuer} hint={text.issuerHint} />
        <Line model={model} field="username" label={text.username} hint={text.usernameHint} />
      </FieldSet>
      <Folded model={model} />
    </>
  );
}

function FieldSet({ legend, children }: { legend: string; children: ComponentChildren }) {
  return (
    <fieldset class="form-set">
      <legend>{legend}</legend>
      <div class="form-group">{children}</div>
    </fieldset>
  );
}

interface BoxProps {
  field: Field;
  children: ComponentChildren;
}

/** Where a field is found again, to put the focus there. */
export function Box({ field, children }: BoxProps) {
  return <div data-field={field}>{children}</div>;
}

interface LineProps {
  model: FormModel;
  field: TextKey;
  label: string;
  hint?: string;
  first?: boolean;
  set?(value: string): void;
}

function Line({ model, field, label, hint, first = false, set }: LineProps) {
  const fault = useFault(model, field, label);
  if (!shows(model.form, field)) {
    return null;
  }
  return (
    <Box field={field}>
      <TextField
        label={label}
        hint={hint}
        fault={fault}
        first={first}
        value={model.form[field]}
        onInput={set ?? ((value) => model.change({ [field]: value }))}
        onBlur={() => model.leave(field)}
      />
    </Box>
  );
}

function List({ model, field, label, hint }: { model: FormModel; field: ListKey; label: string; hint: string }) {
  const fault = useFault(model, field, label);
  return (
    <Box field={field}>
      <FieldBox label={label} hint={hint} fault={fault}>
        {(control) => (
          <textarea
            {...control}
            class="input"
            rows={2}
            spellcheck={false}
            value={model.form[field]}
            onInput={(event) => model.change({ [field]: event.currentTarget.value })}
            onBlur={() => model.leave(field)}
          />
        )}
      </FieldBox>
    </Box>
  );
}

function KindField({ model }: { model: FormModel }) {
  const text = useStrings().profiles.form;
  const fault = useFault(model, "sign_in", text.signIn);
  const kind = model.form.sign_in;
  return (
    <Box field="sign_in">
      <FieldBox label={text.signIn} hint={kind === "certificate" ? text.certificateHint : undefined} fault={fault}>
        {(control) => (
          <select
            {...control}
            class="input"
            value={kind}
            onChange={(event) => model.change({ sign_in: event.currentTarget.value as SignInKind })}
          >
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {text.signInKinds[one]}
              </option>
            ))}
          </select>
        )}
      </FieldBox>
    </Box>
  );
}

/** A sign-in host that is not Microsoft's is trusted by an act of its own. */
function Trust({ model }: { model: FormModel }) {
  const text = useStrings().profiles.form;
  const host = shows(model.form, "tenant") ? foreignHost(model.form.tenant) : null;
  if (host === null) {
    return null;
  }
  return (
    <CheckField
      label={text.trust(host)}
      hint={text.untrusted(host)}
      checked={model.form.trusted_authority === host}
      onChange={(trusted) => model.change({ trusted_authority: trusted ? host : null })}
    />
  );
}

function Folded({ model }: { model: FormModel }) {
  const text = useStrings().profiles.form;
  // What is open stays open while one types: only the first look decides.
  const [open] = useState(() => usesFolded(model.form));
  const faulty = FOLDED.some((field) => model.fault(field) !== null);
  return (
    <details class="details form-group" open={open || faulty || undefined}>
      <summary>{text.more}</summary>
      <div class="form-group">
        <Line model={model} field="secondary_server" label={text.secondaryServer} />
        <List model={model} field="dns_servers" label={text.dnsServers} hint={text.dnsServersHint} />
        <List model={model} field="dns_suffixes" label={text.dnsSuffixes} hint={text.dnsSuffixesHint} />
        <List model={model} field="include" label={text.include} hint={text.includeHint} />
        <List model={model} field="exclude" label={text.exclude} hint={text.excludeHint} />
        <Box field="force_tunnel">
          <CheckField
            label={text.forceTunnel}
            hint={text.forceTunnelHint}
            checked={model.form.force_tunnel}
            onChange={(force_tunnel) => model.change({ force_tunnel })}
          />
        </Box>
      </div>
    </details>
  );
}

/** What is wrong with a field, in words; undefined while nothing is to be said. */
export function useFault(model: FormModel, field: Field, label: string): ComponentChildren {
  const { profiles, faults } = useStrings();
  const fault = model.fault(field);
  if (fault === null) {
    return undefined;
  }
  if (fault.missing) {
    return profiles.form.missing(label);
  }
  const said = /: spoke /.test(fault.next) ? fault.message : `${fault.message} ${fault.next}`;
  if (faults === null) {
    return said;
  }
  return (
    <>
      {faults[field]} <span lang="en">({said})</span>
    </>
  );
}
