import { UNLOCKED } from "../src/components/lock";
import type { Connection, Picture, Problem, ProfileSummary, UserPrompt } from "../src/types";

/** A moment that pictures are counted from, Unix time in milliseconds. */
export const NOON = Date.UTC(2026, 4, 4, 12, 0, 0);

/** A picture without anything in it, the daemon there. */
export function picture(changes: Partial<Picture> = {}): Picture {
  return {
    daemon: { kind: "connected", version: "1.0.0" },
    state: { connection: null },
    profiles: [],
    damaged: [],
    prompt: null,
    notices: [],
    opened: null,
    accounts: [],
    preferences: {
      language: "english",
      appearance: "light",
      start_at_login: false,
      notifications: true,
      close_to_tray: true,
      connect_at_login: "off",
      sign_in: "auto",
      lockdown: false,
    },
    locks: UNLOCKED,
    tray: true,
    ...changes,
  };
}

/** A profile in the list. */
export function summary(name: string, changes: Partial<ProfileSummary> = {}): ProfileSummary {
  return { name, server: `${name}.vpn.azure.com`, account: null, beyond_form: false, ...changes };
}

/** The three profiles that most pages are shown with. */
export const PROFILES = [
  summary("contoso-hub", { account: "ana@contoso.com" }),
  summary("fabrikam-lab"),
  summary("home-gateway", { account: "ana@example.org" }),
];

/** A connection of the first of them. */
export function connection(changes: Partial<Connection> = {}): Connection {
  return {
    profile: "contoso-hub",
    owner: 1000,
    phase: "connected",
    since_ms: NOON,
    connected_at_ms: NOON,
    stages: [],
    sign_in: null,
    account: "ana@contoso.com",
    certificate: null,
    sign_in_expires: NOON / 1000 + 3 * 3600,
    sign_in_renews: NOON / 1000 + 2 * 3600,
    gateway: { host: "azuregateway-1c2d.vpn.azure.com", address: "20.61.10.4:443", position: 0, rtt_us: 21_400 },
    interface: "tun0",
    addresses: ["172.16.201.7/24"],
    mtu: 1500,
    routes: ["10.20.0.0/16", "10.30.0.0/16"],
    excluded: [],
    dns: { mode: "split", servers: ["10.20.0.4"], suffixes: ["contoso.internal"], manager: "systemd-resolved" },
    cipher: "AES-256-GCM",
    tls: "TLS 1.3",
    description: "ordinary",
    traffic: { received: 412_000_000, sent: 38_000_000, receive_rate: 1_200_000, send_rate: 96_000 },
    notices: [],
    unused_options: [],
    problem: null,
    next_try: null,
    ...changes,
  };
}

/** A picture with the three profiles and a connection of the first. */
export function connected(changes: Partial<Connection> = {}, others: Partial<Picture> = {}): Picture {
  return picture({ profiles: PROFILES, state: { connection: connection(changes) }, ...others });
}

/** A picture in which the first profile's sign-in waits for the user. */
export function waiting(kind: UserPrompt["kind"]): Picture {
  return connected({ phase: "signing_in", connected_at_ms: null }, { prompt: { id: 7, profile: "contoso-hub", kind } });
}

/** A problem. */
export function problem(changes: Partial<Problem> = {}): Problem {
  return {
    code: "gateway_unreachable",
    summary: "the gateway azuregateway-1c2d.vpn.azure.com:443 cannot be reached",
    cause: "no answer from 20.61.10.4 within 10 s",
    hint: "spoke probe contoso-hub",
    remedy: "backoff",
    details: ["tried 20.61.10.4:443"],
    ...changes,
  };
}
