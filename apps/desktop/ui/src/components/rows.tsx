import type { ComponentChildren } from "preact";

/** Names with their values, one below the other; lines without a value are left out. */
export function Rows({ rows }: { rows: [label: string, value: ComponentChildren][] }) {
  return (
    <dl class="rows">
      {rows
        .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "")
        .map(([label, value]) => (
          <div class="row" key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Things that belong together, under a heading. */
export function Group({ title, tools, children }: { title: string; tools?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="group" aria-label={title}>
      <div class="group-head">
        <h2>{title}</h2>
        {tools}
      </div>
      {children}
    </section>
  );
}
