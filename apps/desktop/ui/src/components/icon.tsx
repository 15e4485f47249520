const PATHS = {
  add: "M8 3v10M3 8h10",
  alert: "M8 2.2 14.6 13.6H1.4ZM8 6.4v3.2M8 11.6v.1",
  back: "M9.8 3.2 5 8l4.8 4.8",
  blocked: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM3.8 3.8l8.4 8.4",
  check: "M3 8.6 6.4 12 13 4.6",
  chevron: "M4 6.2 8 10.2l4-4",
  circle: "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4Z",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 4.8V8l2.4 1.6",
  close: "m4 4 8 8M12 4l-8 8",
  connected: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.2 8.2l2 2 3.6-4",
  copy: "M5.6 5.6V2.8h7.6v7.6h-2.8M2.8 5.6h7.6v7.6H2.8Z",
  cross: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  diagnose: "M1.8 8.4h3l1.6-4.6 3 8.4 1.6-3.8h3.2",
  down: "M8 2.8v10M4 8.8l4 4 4-4",
  edit: "m3 13 .6-2.8 7-7 2.2 2.2-7 7Z",
  external: "M9.4 2.8h3.8v3.8M13 3 7.6 8.4M6.8 4.2H3v8.8h8.8V9.2",
  file: "M4 2.2h5l3 3v8.6H4ZM9 2.2v3h3",
  folder: "M2 4.2h4l1.4 1.6H14v7H2Z",
  import: "M8 2.4v7.4M4.8 6.8 8 10l3.2-3.2M2.8 10.6v2.6h10.4v-2.6",
  info: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 7.4v3.4M8 5v.1",
  key: "M5.6 7.2a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM7.8 8.2l5.4-5.4M11.2 4.8l1.8 1.8",
  lock: "M3.6 7.2h8.8v6.4H3.6ZM5.4 7V5a2.6 2.6 0 0 1 5.2 0v2M8 9.6v1.8",
  log: "M3 3.6h10M3 6.6h10M3 9.6h7M3 12.6h5",
  more: "M3.4 8v.1M8 8v.1M12.6 8v.1",
  pause: "M5.6 3.6v8.8M10.4 3.6v8.8",
  person: "M8 2.4a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6ZM2.8 13.6c.6-2.8 2.6-4 5.2-4s4.6 1.2 5.2 4",
  phone: "M4.8 1.8h6.4v12.4H4.8ZM7.4 12h1.2",
  progress: "M8 2.4a5.6 5.6 0 1 1-5.6 5.6",
  quit: "M8 2.4v5.4M4.8 4a5.4 5.4 0 1 0 6.4 0",
  remove: "M3 4.4h10M6.2 4.2V2.6h3.6v1.6M4.4 4.6l.6 9h6l.6-9",
  rename: "M2.6 12.8h10.8M4.2 10 8 3l3.8 7M5.4 7.8h5.2",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2.4v2.8h-2.8",
  settings: "M2.4 4.6h6M11.2 4.6h2.4M2.4 11.4h2M7.2 11.4h6.4M9.8 3v3.2M5.8 9.8V13",
  shield: "M8 1.8 13 3.6v4c0 3.2-2 5.4-5 6.6-3-1.2-5-3.4-5-6.6v-4Z",
  up: "M8 13.2v-10M4 7.2l4-4 4 4",
} as const;

/** The drawings there are. */
export type IconName = keyof typeof PATHS;

/** A drawing beside words; it says nothing that the words do not. */
export function Icon({ name, spin = false }: { name: IconName; spin?: boolean }) {
  return (
    <svg class={`icon icon-${name}${spin ? " icon-spin" : ""}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The program's own sign. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 512 512" aria-hidden="true" focusable="false">
      <rect width="512" height="512" rx="112" fill="#12395f" />
      <g fill="none" stroke="#fff" stroke-width="30" stroke-linecap="round">
        <circle cx="256" cy="256" r="160" />
        <path d="M256 212V112M218 278l-87 50M294 278l87 50" />
      </g>
      <circle cx="256" cy="256" r="44" fill="#5cc8ff" />
    </svg>
  );
}
