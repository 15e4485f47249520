import type { ComponentChildren } from "preact";
import type { Phase } from "../types";
import { PhaseIcon } from "./phase";

interface HeroProps {
  phase: Phase;
  waits?: boolean;
  title: ComponentChildren;
  /** What it means for the user's traffic. */
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

/** The state in large, with the one thing to do about it. */
export function Hero({ phase, waits = false, title, children, actions }: HeroProps) {
  return (
    <section class={`hero hero-${phase}`}>
      <PhaseIcon phase={phase} waits={waits} />
      <div class="hero-text">
        <h2>{title}</h2>
        {children}
      </div>
      {actions !== undefined && <div class="actions hero-actions">{actions}</div>}
    </section>
  );
}
