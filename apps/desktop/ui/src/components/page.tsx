import type { ComponentChildren } from "preact";

interface PageFrameProps {
  title: string;
  /** One line below the title. */
  lead?: ComponentChildren;
  /** Beside the title. */
  tools?: ComponentChildren;
  children: ComponentChildren;
  /** Buttons that stay in sight at the bottom. */
  actions?: ComponentChildren;
}

/** A page with its heading, which takes the focus when the page is gone to. */
export function PageFrame({ title, lead, tools, children, actions }: PageFrameProps) {
  return (
    <div class="page">
      <header class="page-head">
        <div class="page-title">
          <h1 tabIndex={-1}>{title}</h1>
          {lead !== undefined && <p class="muted">{lead}</p>}
        </div>
        {tools}
      </header>
      <div class="page-body">{children}</div>
      {actions !== undefined && <footer class="page-foot actions actions-end">{actions}</footer>}
    </div>
  );
}
