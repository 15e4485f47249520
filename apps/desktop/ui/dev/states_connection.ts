import { connected, connection, picture, PROFILES, problem, waiting } from "../test/pictures";
import type { Picture, StageReport } from "../src/types";
import type { DevState } from "./states";

const now = Date.now();
const unix = Math.floor(now / 1000);
const live = { since_ms: now - 8_047_000, connected_at_ms: now - 8_047_000, sign_in_expires: unix + 11_000, sign_in_renews: unix + 9_000 };

const stages: StageReport[] = [
  { stage: "resolve", status: "done", took_ms: 12, detail: "20.61.10.4" },
  { stage: "transport", status: "done", took_ms: 88, detail: "TCP, first packet answered" },
  { stage: "tls", status: "done", took_ms: 110, detail: "TLS 1.3, certificate ok" },
  { stage: "auth", status: "running", took_ms: null, detail: "" },
];
const late: StageReport[] = [
  ...stages.slice(0, 3),
  { stage: "auth", status: "done", took_ms: 93, detail: "ana@contoso.com (silent)" },
  { stage: "options", status: "done", took_ms: 60, detail: "172.16.201.7" },
  { stage: "interface", status: "running", took_ms: null, detail: "" },
];
const url = "https://login.microsoftonline.com/9f3c1e2d-77aa-4b0e-b6ad-01c2d3e4f506/oauth2/v2.0/authorize?client_id=c632b3df&scope=openid";

/** A connected picture whose traffic has gone on for a while. */
function moving(): Picture {
  return connected(live);
}

/** Screens about a connection. */
export const connectionStates: Record<string, DevState> = {
  welcome: { picture: picture() },
  missing: {
    picture: picture({
      daemon: { kind: "missing", problem: problem({ code: "daemon_unavailable" }), start: "sudo systemctl start spoked" },
      profiles: PROFILES,
    }),
  },
  disconnected: { picture: picture({ profiles: PROFILES }) },
  other: { picture: connected(live), start: { kind: "profile", profile: "fabrikam-lab" } },
  connecting: { picture: connected({ phase: "connecting", connected_at_ms: null, stages: late }) },
  browser: { picture: signing(waiting({ kind: "browser", url, not_opened: null })) },
  browser_not_opened: {
    picture: signing(waiting({ kind: "browser", url, not_opened: "xdg-open was not found" })),
  },
  device_code: {
    picture: signing(waiting({ kind: "device_code", url: "https://microsoft.com/devicelogin", code: "E7KQX4RPN", valid_until: unix + 900 })),
  },
  page: { picture: signing(waiting({ kind: "page", url: "https://gateway.contoso.com/auth?session=4711" })) },
  password: { picture: signing(waiting({ kind: "password", username: null, can_remember: true, proxy: null })) },
  question: { picture: signing(waiting({ kind: "question", text: "Enter the code from your token", echo: false })) },
  file_password: { picture: signing(waiting({ kind: "file_password", file: "ana.p12", again: true })) },
  token_file: { picture: signing(waiting({ kind: "token_file", path: "~/.local/state/spoke/sign-ins" })) },
  waits_elsewhere: {
    picture: signing(waiting({ kind: "browser", url, not_opened: null })),
    start: { kind: "profile", profile: "home-gateway" },
  },
  connected: { picture: moving(), moving: true },
  connected_notices: {
    picture: connected({
      ...live,
      notices: [
        {
          code: "overlap",
          about: ["10.20.0.0/16", "10.20.0.0/24", "wlan0"],
          text: "10.20.0.0/16 in the tunnel overlaps 10.20.0.0/24 on wlan0: what is in both is reached by the longer prefix",
        },
      ],
      gateway: { ...gateway(), position: 1 },
    }),
    moving: true,
  },
  ending: { picture: connected({ ...live, sign_in_expires: unix + 530, sign_in_renews: null }), moving: true },
  reconnecting: {
    picture: connected({
      phase: "reconnecting",
      next_try: unix + 16,
      problem: problem({ code: "gateway_silent", summary: "the gateway has been silent for 120 s", cause: null }),
    }),
  },
  reconnecting_now: { picture: connected({ phase: "reconnecting", stages, problem: problem() }) },
  blocked: {
    picture: connected({ phase: "blocked", next_try: unix + 30, problem: problem({ code: "gateway_not_found", remedy: "wait_for_network" }) }),
  },
  paused: { picture: connected({ phase: "paused" }) },
  disconnecting: { picture: connected({ phase: "disconnecting" }) },
  failed: { picture: connected({ phase: "failed", problem: problem(), stages: failedAt() }) },
  failed_refused: {
    picture: connected({
      phase: "failed",
      problem: problem({
        code: "sign_in_refused",
        summary: "Microsoft Entra ID refused the sign-in: you do not have access to this application",
        cause: null,
        details: ["AADSTS50105", "correlation id 6b1d8c3f-0c47-4e2e-9d5f-24f0c5a7a111"],
      }),
      stages: failedAt(),
    }),
  },
};

function gateway() {
  return connection().gateway ?? { host: "", address: null, position: 0, rtt_us: null };
}

function signing(base: Picture): Picture {
  const before = base.state.connection;
  return { ...base, state: { connection: before && { ...before, stages } } };
}

function failedAt(): StageReport[] {
  return [
    { stage: "resolve", status: "done", took_ms: 12, detail: "20.61.10.4" },
    { stage: "transport", status: "failed", took_ms: 10_000, detail: "no answer" },
  ];
}
