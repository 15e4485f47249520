import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** The buttons, the safe one first. */
  actions: ComponentChildren;
  /** Escape was pressed, or the dialog is otherwise sent away. */
  onClose(): void;
  /** Enter in a field, or a button with `submit`. */
  onSubmit?(): void;
}

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex='0']";

/** A dialog over the window. It holds the focus and gives it back. */
export function Dialog({ title, children, actions, onClose, onSubmit }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    const before = document.activeElement;
    // Web views older than the element show it by its attribute.
    if (typeof dialog.showModal === "function") dialog.showModal();
    else dialog.setAttribute("open", "");
    (dialog.querySelector<HTMLElement>("[data-first]") ?? focusable(dialog)[0] ?? dialog).focus();
    return () => {
      if (typeof dialog.close === "function") dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  function handleKey(event: KeyboardEvent) {
    if (event.key === "Escape" && !event.defaultPrevented) {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
    if (event.key === "Tab" && element.current) keepInside(element.current, event);
  }

  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={heading}
      aria-modal="true"
      tabIndex={-1}
      onKeyDown={handleKey}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <h2 id={heading}>{title}</h2>
        <div class="dialog-body">{children}</div>
        <div class="actions actions-end">{actions}</div>
      </form>
    </dialog>
  );
}

function focusable(within: HTMLElement): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>(FOCUSABLE)];
}

function keepInside(dialog: HTMLElement, event: KeyboardEvent) {
  const all = focusable(dialog);
  const first = all[0];
  const last = all[all.length - 1];
  if (!first || !last) return;
  const at = document.activeElement;
  if (event.shiftKey && (at === first || at === dialog)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && at === last) {
    event.preventDefault();
    first.focus();
  }
}
