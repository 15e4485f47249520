import type { ProblemCode } from "../types";

/** What the window offers to do about a problem of a connection. */
export type Act = "retry" | "sign_in" | "other_account" | "edit" | "check" | "diagnose" | "log" | "import";

const ACTS: Record<ProblemCode, Act | null> = {
  other: "retry",
  usage: null,
  not_connected: "retry",
  sign_in_needed: "sign_in",
  sign_in_refused: "sign_in",
  gateway_not_found: "retry",
  gateway_unreachable: "diagnose",
  proxy_refused: "edit",
  gateway_silent: "import",
  gateway_closed: "diagnose",
  gateway_untrusted: "check",
  tls_failed: "diagnose",
  credentials_refused: "other_account",
  session_ended: "retry",
  protocol_error: "diagnose",
  host_setup: "log",
  daemon_unavailable: null,
  profile_invalid: "check",
  profile_not_found: "import",
  policy: null,
  not_permitted: null,
  conflict: "retry",
  timed_out: "retry",
  cancelled: null,
};

/** The one act that is suggested for a code; null where nothing here would help. */
export function actFor(code: ProblemCode): Act | null {
  return ACTS[code];
}
