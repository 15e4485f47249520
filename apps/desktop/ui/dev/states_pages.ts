import type { Desk } from "../src/desk";
import { connected, NOON, picture, PROFILES, problem } from "../test/pictures";
import { CLASHING, detail, FAILED, finding, judge, PACKAGE, plan, planned, BLANK, REACHED, REPAIRED } from "../test/plans";
import type { DevState } from "./states";

const stored = picture({ profiles: PROFILES });
const others = picture({ profiles: PROFILES.slice(1) });
const about = {
  version: "1.0.0",
  daemon: "1.0.0",
  profiles: "~/.config/spoke/profiles",
  keyring: "Secret Service (GNOME Keyring)",
  socket: "/run/spoke/spoke.sock",
};

const answers: Partial<Desk> = {
  blankForm: async () => BLANK,
  profile: async () =>
    detail({
      findings: [...REPAIRED.findings, finding()],
      lost_in_azure: ["mtu", "proxy", "reneg-sec"],
    }),
  checkForm: async (form) => judge(form),
  probeForm: async () => (location.search.includes("fail") ? FAILED : REACHED),
  about: async () => about,
  log: async () =>
    Array.from({ length: 60 }, (_, at) => ({
      at_ms: NOON + at * 61_000,
      level: ["info", "info", "debug", "warn", "error"][at % 5] ?? "info",
      text: [
        "Connecting to contoso-hub",
        "TLS 1.3 with azuregateway-1c2d3e4f-0011-2233-4455-66778899aabb-0123456789ab.vpn.azure.com, certificate ok",
        "sent 1200 bytes",
        "The gateway pushed an option that is not used: block-outside-dns",
        "The gateway does not answer",
      ][at % 5] ?? "",
    })),
};

const accounts = [
  { name: "ana@contoso.com", authority: "https://login.microsoftonline.com/contoso", expires: NOON / 1000, renewable: true },
  { name: null, authority: "https://login.microsoftonline.com/fabrikam", expires: 4e9, renewable: false },
];

/** Screens about profiles and the program. */
export const pageStates: Record<string, DevState> = {
  import: { picture: others, start: { kind: "import", plan: plan([REPAIRED]) }, answers },
  import_clash: { picture: stored, start: { kind: "import", plan: plan([CLASHING]) }, answers },
  import_several: { picture: others, start: { kind: "import", plan: PACKAGE }, answers },
  import_untrusted: {
    picture: picture(),
    start: { kind: "import", plan: plan([planned(0, { untrusted_authority: "login.evil.example" })]) },
    answers,
  },
  import_nothing: {
    picture: picture(),
    start: { kind: "import", plan: plan([], { source: { kind: "azure_vpn_client", folders: [] } }) },
    answers,
  },
  add: { picture: stored, start: { kind: "add" }, answers },
  edit: { picture: stored, start: { kind: "edit", profile: "contoso-hub" }, answers },
  check: { picture: stored, start: { kind: "check", profile: "contoso-hub" }, answers },
  diagnose: { picture: stored, start: { kind: "diagnose", profile: "contoso-hub" }, answers },
  rename: { picture: stored, dialog: { kind: "rename", profile: "contoso-hub" }, answers },
  remove: { picture: connected(), dialog: { kind: "remove", profile: "contoso-hub" }, answers },
  export: { picture: stored, dialog: { kind: "export", profile: "contoso-hub" }, answers },
  accounts: { picture: picture({ profiles: PROFILES, accounts }), start: { kind: "accounts" }, answers },
  accounts_none: { picture: stored, start: { kind: "accounts" }, answers },
  settings: { picture: picture({ profiles: PROFILES, tray: false }), start: { kind: "settings" }, answers },
  logs: { picture: stored, start: { kind: "logs" }, answers },
  logs_missing: {
    picture: stored,
    start: { kind: "logs" },
    answers: { log: () => Promise.reject(problem({ code: "daemon_unavailable" })) },
  },
  about: { picture: stored, start: { kind: "about" }, answers },
};
