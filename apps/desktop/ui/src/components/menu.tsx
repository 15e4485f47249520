import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

/** One line of a menu. */
export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  /** A line is drawn above it. */
  apart?: boolean;
  run(): void;
}

interface MenuProps {
  /** What the button is called, when it shows a drawing only. */
  label?: string;
  icon?: IconName;
  children?: ComponentChildren;
  items: MenuItem[];
  kind?: "plain" | "quiet" | "primary";
  /** On which side of the button the lines begin. */
  align?: "start" | "end";
  /** Whether it opens above the button. */
  above?: boolean;
}

/** A button that opens a menu: arrows move in it, Escape closes it. */
export function Menu({ label, icon, children, items, kind = "plain", align = "start", above = false }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);

  return (
    <div class="menu" ref={frame}>
      <button
        ref={button}
        type="button"
        class={`button button-${kind}${children === undefined ? " button-icon" : ""}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        title={children === undefined && !open ? label : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        {icon !== undefined && <Icon name={icon} />}
        {children !== undefined && <span>{children}</span>}
        {children !== undefined && <Icon name="chevron" />}
      </button>
      {open && (
        <MenuList
          id={id}
          label={label ?? (typeof children === "string" ? children : "")}
          look={`menu-list menu-${align}${above ? " menu-above" : ""}`}
          items={items}
          close={(focus) => {
            setOpen(false);
            if (focus) button.current?.focus();
          }}
        />
      )}
    </div>
  );
}

interface MenuListProps {
  id: string;
  label: string;
  look: string;
  items: MenuItem[];
  /** Closes it; `focus` says that the button is to have the focus again. */
  close(focus: boolean): void;
}

/** The open menu. Its first line has the focus when it appears. */
function MenuList({ id, label, look, items, close }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);
  const lines = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)") ?? [])];
  useEffect(() => lines()[0]?.focus(), []);

  function handleKey(event: KeyboardEvent) {
    const all = lines();
    const next = moved(event.key, all.indexOf(document.activeElement as HTMLElement), all.length);
    if (next !== null) {
      event.preventDefault();
      all[next]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    } else if (event.key === "Tab") {
      close(false);
    }
  }

  return (
    <div ref={list} id={id} role="menu" aria-label={label} class={look} onKeyDown={handleKey}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          disabled={item.disabled === true}
          class={`menu-item${item.danger === true ? " menu-danger" : ""}${item.apart === true ? " menu-apart" : ""}`}
          onClick={() => {
            close(true);
            item.run();
          }}
        >
          {item.icon !== undefined && <Icon name={item.icon} />}
          <span>{item.label}</span>
        </button>
      ))}
    </div>
  );
}

/** Where the focus goes in a list of so many lines; null when the key does not move it. */
export function moved(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  switch (key) {
    case "ArrowDown":
      return (at + 1) % count;
    case "ArrowUp":
      return at <= 0 ? count - 1 : at - 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}
