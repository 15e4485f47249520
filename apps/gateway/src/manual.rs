//! `spoke-gateway(8)`.

use clap::CommandFactory as _;
use spoke_manual::{Page, Section};
use std::io::{self, Write as _};

const SECTIONS: &[Section<'_>] = &[
    Section {
        heading: "SIGNALS",
        entries: &[
            ("SIGTERM, SIGINT", "End."),
            (
                "SIGHUP",
                "Read the table [push] of the configuration anew and tell connected clients that understand it.",
            ),
        ],
    },
    Section {
        heading: "FILES",
        entries: &[
            (
                "/etc/spoke/gateway.toml",
                "The configuration that the service unit names. An example with every setting comes with the package.",
            ),
            (
                "/etc/spoke/users",
                "Users with salted password hashes, where the configuration names it; a line of it is printed by the subcommand user.",
            ),
        ],
    },
];

pub(crate) fn print() -> io::Result<()> {
    io::stdout().write_all(page().text.as_bytes())
}

fn page() -> Page {
    spoke_manual::page(&crate::Arguments::command(), 8, SECTIONS, "spoke(1)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_option_and_command() {
        let text = page().text.replace("\\-", "-");
        for needed in ["--config", "The configuration file", "user", "SIGHUP"] {
            assert!(text.contains(needed), "{needed} is missing in {text}");
        }
    }
}
