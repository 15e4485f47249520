use crate::options::Options;
use clap::CommandFactory as _;
use spoke_manual::{Page, Section};
use std::io::Write as _;
use std::process::ExitCode;

const SECTIONS: &[Section<'_>] = &[
    Section {
        heading: "SIGNALS",
        entries: &[
            (
                "SIGTERM, SIGINT",
                "Disconnect, take back every change of this computer's network, and end.",
            ),
            (
                "SIGHUP",
                "Make room for a newer program: end with exit status 75 as soon as nobody is connected, to be started anew by the service manager. Until then nothing changes.",
            ),
        ],
    },
    Section {
        heading: "FILES",
        entries: &[
            (
                "/run/spoke/spoke.sock",
                "Where spoke and the desktop app connect. Everybody may; what they may do is decided by who they are.",
            ),
            (
                "/var/lib/spoke/",
                "The way back from every change of this computer's network, taken after a crash. Neither tokens nor profiles.",
            ),
        ],
    },
    Section {
        heading: "EXIT STATUS",
        entries: &[
            ("0", "Ended by a signal, all taken back."),
            ("1", "It could not start; standard error says why."),
            ("75", "Made room for a newer program (SIGHUP)."),
        ],
    },
];

/// Prints the man page, `spoked(8)`.
pub(crate) fn print() -> ExitCode {
    match std::io::stdout().write_all(page().text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn page() -> Page {
    spoke_manual::page(&Options::command(), 8, SECTIONS, "spoke(1)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option_with_a_text() {
        let text = page().text.replace("\\-", "-");
        for option in Options::command().get_arguments() {
            let name = option.get_long().unwrap_or_default();
            assert!(
                option.is_hide_set() || text.contains(&format!("--{name}")),
                "{name}"
            );
            assert!(option.get_help().is_some(), "{name}");
        }
    }
}
