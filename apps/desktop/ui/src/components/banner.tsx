import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

interface BannerProps {
  tone: "info" | "warning" | "bad" | "good";
  title?: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
  /** It came of itself and is to be heard at once. */
  alert?: boolean;
}

const ICONS: Record<BannerProps["tone"], IconName> = {
  info: "info",
  warning: "alert",
  bad: "cross",
  good: "connected",
};

/** A strip that tells something beside what the page is about. */
export function Banner({ tone, title, children, actions, alert = false }: BannerProps) {
  return (
    <div class={`banner banner-${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={ICONS[tone]} />
      <div class="banner-text">
        {title !== undefined && <p class="banner-title">{title}</p>}
        {children}
      </div>
      {actions !== undefined && <div class="actions">{actions}</div>}
    </div>
  );
}
