import type { ComponentChildren, Ref } from "preact";
import { Icon, type IconName } from "./icon";

interface ButtonProps {
  children?: ComponentChildren;
  onClick?(): void;
  /** `primary` at most once in a view; `danger` for what cannot be taken back. */
  kind?: "primary" | "plain" | "danger" | "quiet";
  icon?: IconName | undefined;
  /** What it is called, when it shows a drawing only. */
  label?: string;
  disabled?: boolean;
  /** It does what it was asked; a second press is let go. */
  busy?: boolean;
  submit?: boolean;
  /** The dialog or page gives it the focus first. */
  first?: boolean;
  describedBy?: string;
  element?: Ref<HTMLButtonElement>;
}

/** A button. While busy it keeps the focus and says so. */
export function Button(props: ButtonProps) {
  const { children, onClick, kind = "plain", icon, label, busy = false } = props;
  return (
    <button
      ref={props.element ?? null}
      type={props.submit === true ? "submit" : "button"}
      class={`button button-${kind}${children === undefined ? " button-icon" : ""}`}
      disabled={props.disabled === true}
      aria-label={label}
      title={children === undefined ? label : undefined}
      aria-busy={busy ? "true" : undefined}
      aria-disabled={busy ? "true" : undefined}
      aria-describedby={props.describedBy}
      data-first={props.first === true ? "" : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.();
      }}
    >
      {busy ? <Icon name="progress" spin /> : icon !== undefined && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}
