import type { ProblemCode } from "../../types";

interface ProblemText {
  title: string;
  /** What happened, where the service's own sentence is in another language. */
  said?: string;
  /** What the user can do; empty where the act beside it says all. */
  advice: string;
}

const codes: Record<ProblemCode, ProblemText> = {
  other: { title: "Something went wrong", advice: "" },
  usage: { title: "This cannot be done", advice: "" },
  not_connected: { title: "There is no connection", advice: "" },
  sign_in_needed: { title: "You need to sign in", advice: "" },
  sign_in_refused: {
    title: "The sign-in was refused",
    advice: "Try again, perhaps with another account. If it stays so, give the details below to your administrator.",
  },
  gateway_not_found: {
    title: "The gateway’s address was not found",
    advice: "Check that this computer is online, and that the server in the profile is spelt right.",
  },
  gateway_unreachable: {
    title: "The gateway cannot be reached",
    advice: "Check that this computer is online. Some networks, such as those of hotels, let a VPN through only after a sign-in page.",
  },
  proxy_refused: {
    title: "The proxy would not let it through",
    advice: "The network’s proxy has to allow connections to the gateway.",
  },
  gateway_silent: {
    title: "The gateway does not answer",
    advice: "Often the server secret or the transport in the profile is not the gateway’s. Import the newest profile.",
  },
  gateway_closed: {
    title: "The gateway closed the connection",
    advice: "Often the profile is older than the gateway’s settings. Import the newest profile, or try again later.",
  },
  gateway_untrusted: {
    title: "The gateway’s certificate is not trusted",
    advice: "It may be another server than it says, so nothing was sent to it. Ask your administrator for the newest profile.",
  },
  tls_failed: { title: "No secure connection to the gateway", advice: "" },
  credentials_refused: {
    title: "The gateway refused your sign-in",
    advice: "Sign in again, perhaps with another account. Your administrator can see whether you may use this gateway.",
  },
  session_ended: { title: "The session has ended", advice: "" },
  protocol_error: {
    title: "The gateway said something unexpected",
    advice: "Give the details below to your administrator.",
  },
  host_setup: {
    title: "This computer’s network could not be set up",
    advice: "Everything was put back as it was before.",
  },
  daemon_unavailable: { title: "The Spoke service does not answer", advice: "" },
  profile_invalid: { title: "The profile is not complete", advice: "" },
  profile_not_found: { title: "There is no such profile", advice: "" },
  policy: { title: "Your organisation does not allow this", advice: "" },
  not_permitted: { title: "You may not do this", advice: "" },
  conflict: { title: "Something else is in the way", advice: "" },
  timed_out: { title: "It took too long", advice: "" },
  cancelled: { title: "Cancelled", advice: "" },
};

export const problems = {
  codes,
  details: "Details",
  code: "Code",
  stage: "Step",
  copy: "Copy details",
};
