//! What the manual says beside the commands: files, environment and exit codes.

use crate::cli;
use spoke_api::ExitCode;
use spoke_manual::{Page, Section};

const FILES: &[(&str, &str)] = &[
    (
        "$XDG_CONFIG_HOME/spoke/profiles/",
        "The profiles, a private file for each (~/.config/spoke where the variable is not set).",
    ),
    (
        "$XDG_CONFIG_HOME/spoke/tokens.json",
        "Sign-ins, only where SPOKE_TOKEN_STORE=file asks for that; the Secret Service keeps them otherwise.",
    ),
    (
        "$XDG_STATE_HOME/spoke/",
        "What the programs remember between runs (~/.local/state/spoke where the variable is not set).",
    ),
    ("/run/spoke/spoke.sock", "The daemon's socket."),
    (
        "/var/lib/spoke/",
        "The daemon's own: the way back from every change of the host. No token, no profile.",
    ),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("SPOKE_PROFILE", "The profile for commands that name none."),
    ("SPOKE_SOCKET", "The daemon's socket."),
    (
        "SPOKE_CONFIG_DIR",
        "Where profiles and what is remembered are, in the place of the folders above.",
    ),
    (
        "SPOKE_AUTH",
        "How to sign in, as --auth says it: auto, browser, device-code or never.",
    ),
    (
        "SPOKE_NO_INPUT",
        "Set to 1: never ask, as --no-input says it.",
    ),
    (
        "SPOKE_TOKEN_STORE",
        "Where sign-ins are kept: auto, secret-service or file.",
    ),
    (
        "SPOKE_LOG",
        "What to tell on standard error while working, such as debug.",
    ),
    ("BROWSER", "The program that opens the sign-in page."),
    ("NO_COLOR", "Set to anything: no colours."),
    (
        "HTTPS_PROXY, NO_PROXY",
        "The proxy for signing in, and the hosts that are reached without it.",
    ),
];

/// Each exit code and what it means.
const EXIT_STATUS: &[(ExitCode, &str)] = &[
    (ExitCode::Success, "Done, or already so."),
    (ExitCode::Failure, "A failure without a code of its own."),
    (ExitCode::Usage, "Wrong usage."),
    (ExitCode::NotConnected, "status, wait: not connected."),
    (ExitCode::SignInNeeded, "A sign-in is needed."),
    (ExitCode::SignInRefused, "Entra refused the sign-in."),
    (
        ExitCode::GatewayUnreachable,
        "The gateway cannot be reached.",
    ),
    (ExitCode::GatewayRefused, "The gateway refused the session."),
    (
        ExitCode::HostSetup,
        "This computer's network could not be set up.",
    ),
    (
        ExitCode::DaemonUnavailable,
        "The daemon does not run, or is of another version.",
    ),
    (
        ExitCode::Profile,
        "The profile is invalid, or there is none of this name.",
    ),
    (ExitCode::Policy, "Forbidden by policy."),
    (ExitCode::NotPermitted, "Not permitted for this user."),
    (
        ExitCode::Conflict,
        "Another tunnel is up, or something overlaps.",
    ),
    (ExitCode::TimedOut, "It took too long."),
    (ExitCode::Cancelled, "Cancelled by the user."),
];

/// The pages of all commands.
#[must_use]
pub fn manual() -> Vec<Page> {
    let numbers: Vec<String> = EXIT_STATUS
        .iter()
        .map(|(code, _)| (*code as u8).to_string())
        .collect();
    let exits: Vec<(&str, &str)> = numbers
        .iter()
        .zip(EXIT_STATUS)
        .map(|(number, (_, meaning))| (number.as_str(), *meaning))
        .collect();
    let sections = [
        Section {
            heading: "FILES",
            entries: FILES,
        },
        Section {
            heading: "ENVIRONMENT",
            entries: ENVIRONMENT,
        },
        Section {
            heading: "EXIT STATUS",
            entries: &exits,
        },
    ];
    spoke_manual::pages(
        &cli::command(),
        1,
        &sections,
        "spoked(8), spoke-desktop(1), spoke-gateway(8)",
    )
}
