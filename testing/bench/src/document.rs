//! The tables of a run, as they stand in the document.

use crate::case::Transport;
use crate::play::Effort;
use crate::report::{goals, table};
use crate::results::Results;
use crate::scene::Scene;
use crate::surroundings::Account;
use std::fmt::Write as _;

/// All tables of a run.
#[must_use]
pub fn section(results: &Results, account: &Account, effort: &Effort) -> String {
    let mut text = format!(
        "{account} Rounds: {}, each thing measured for {} s.\n\n### Goals\n{}",
        effort.rounds,
        effort.window.as_secs_f32(),
        goals(results)
    );
    for scene in Scene::ALL {
        for transport in [Transport::Tcp, Transport::Udp] {
            if let Some(table) = table(results, scene, transport) {
                let over = transport.to_string().to_uppercase();
                let _ = write!(text, "\n### {}: {over}\n{table}", scene.title());
            }
        }
    }
    text
}
