import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { LockNote } from "./lock";

/** What the control inside a field is to carry. */
export interface ControlProps {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": "true" | undefined;
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  /** An administrator has decided it, which is said in the hint's place. */
  locked?: boolean;
  /** What is wrong with it, said below it. */
  fault?: ComponentChildren;
  children(control: ControlProps): ComponentChildren;
}

/** A control with its label above, and its hint and fault below. */
export function Field({ label, hint, locked = false, fault, children }: FieldProps) {
  const id = useId();
  const hasHint = locked || (hint !== undefined && hint !== null && hint !== "");
  const hasFault = fault !== undefined && fault !== null && fault !== "";
  const described = [hasHint ? `${id}-hint` : "", hasFault ? `${id}-fault` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        "aria-describedby": described === "" ? undefined : described,
        "aria-invalid": hasFault ? "true" : undefined,
      })}
      {hasHint && (
        <p class="field-hint" id={`${id}-hint`}>
          {locked ? <LockNote /> : hint}
        </p>
      )}
      <div aria-live="polite">
        {hasFault && (
          <p class="field-fault" id={`${id}-fault`}>
            {fault}
          </p>
        )}
      </div>
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onInput(value: string): void;
  onBlur?(): void;
  hint?: ComponentChildren;
  fault?: ComponentChildren;
  type?: "text" | "password";
  autocomplete?: string;
  first?: boolean;
  readOnly?: boolean;
  /** Names, addresses and codes: no help with spelling. */
  spelling?: boolean;
}

/** One line of text. */
export function TextField(props: TextFieldProps) {
  return (
    <Field label={props.label} hint={props.hint} fault={props.fault}>
      {(control) => (
        <input
          {...control}
          class="input"
          type={props.type ?? "text"}
          value={props.value}
          readOnly={props.readOnly === true}
          autocomplete={props.autocomplete ?? "off"}
          spellcheck={props.spelling === true}
          autocapitalize="off"
          data-first={props.first === true ? "" : undefined}
          onInput={(event) => props.onInput(event.currentTarget.value)}
          onBlur={() => props.onBlur?.()}
        />
      )}
    </Field>
  );
}

interface CheckFieldProps {
  label: ComponentChildren;
  checked: boolean;
  onChange(checked: boolean): void;
  hint?: ComponentChildren;
  disabled?: boolean;
  /** An administrator has decided it, which is said in the hint's place. */
  locked?: boolean;
}

/** A box to tick, with its label beside it. */
export function CheckField({ label, checked, onChange, hint, disabled = false, locked = false }: CheckFieldProps) {
  const id = useId();
  const hasHint = locked || (hint !== undefined && hint !== null && hint !== "");
  return (
    <div class="field check">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        disabled={disabled || locked}
        aria-describedby={hasHint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {hasHint && (
          <p class="field-hint" id={`${id}-hint`}>
            {locked ? <LockNote /> : hint}
          </p>
        )}
      </div>
    </div>
  );
}
