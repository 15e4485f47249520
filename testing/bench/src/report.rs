//! The tables.

use crate::case::{Case, Client, Server, Transport};
use crate::goals::{GOALS, Goal};
use crate::quantity::Quantity;
use crate::results::Results;
use crate::scene::Scene;
use std::fmt::Write as _;

/// The goals beside what was measured of them.
pub(crate) fn goals(results: &Results) -> String {
    let mut text = String::from(
        "| | openvpn | spoke | ratio | gate | goal | stretch | reached |\n|---|---|---|---|---|---|---|---|\n",
    );
    for goal in GOALS {
        if let Some(verdict) = goal.judge(results) {
            let stretch = goal.stretch.map(|mark| mark.to_string());
            let _ = writeln!(
                text,
                "| {} | {} | {} | ×{} | {} | {} | {} | {} |",
                title(goal),
                number(verdict.baseline),
                number(verdict.value),
                number(verdict.times),
                goal.gate,
                goal.goal,
                stretch.unwrap_or_default(),
                verdict.reached
            );
        }
    }
    text
}

/// Everything that was measured in a scene over a transport, if anything was.
pub(crate) fn table(results: &Results, scene: Scene, transport: Transport) -> Option<String> {
    let cases: Vec<Case> = Case::all()
        .into_iter()
        .filter(|case| case.transport == transport)
        .filter(|case| measured(results, scene, *case))
        .collect();
    if cases.is_empty() {
        return None;
    }
    let mut text = String::from("| |");
    for case in &cases {
        let _ = write!(text, " {} → {} |", client(case.client), server(case.server));
    }
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(cases.len()));
    for quantity in Quantity::ALL {
        let cells: Vec<String> = cases
            .iter()
            .map(|case| cell(results, scene, *case, quantity))
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(text, "| {} | {} |", quantity.title(), cells.join(" | "));
        }
    }
    Some(text)
}

fn measured(results: &Results, scene: Scene, case: Case) -> bool {
    Quantity::ALL
        .iter()
        .any(|quantity| results.summary(scene, case, *quantity).is_some())
}

fn cell(results: &Results, scene: Scene, case: Case, quantity: Quantity) -> String {
    let Some(summary) = results.summary(scene, case, quantity) else {
        return String::new();
    };
    let [median, least, most] = [summary.median, summary.least, summary.most].map(number);
    if least == most {
        median
    } else {
        format!("{median} ({least}..{most})")
    }
}

fn title(goal: &Goal) -> String {
    let place = match goal.scene {
        Scene::Lab => "",
        Scene::Uplink => ", 100 Mbit/s",
        Scene::Far => ", 50 ms",
        Scene::Farther => ", 100 ms",
        Scene::FartherNoDelay => ", 100 ms, TCP_NODELAY",
        Scene::Whole => ", bytes compared",
    };
    format!("{}{place}, {}", server(goal.server), goal.quantity.title())
}

const fn client(client: Client) -> &'static str {
    match client {
        Client::OpenVpn => "openvpn",
        Client::Spoke => "spoke",
    }
}

const fn server(server: Server) -> &'static str {
    match server {
        Server::OpenVpn => "openvpn server",
        Server::Gateway => "spoke-gateway",
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_column_for_each_case_and_a_row_for_what_was_measured() {
        let mut results = Results::default();
        let scene = Scene::Lab;
        assert_eq!(table(&results, scene, Transport::Tcp), None);
        for value in [0.61, 0.59, 0.62] {
            results.add(scene, Case::BASELINE, Quantity::UpOne, value);
        }
        let spoke = Case {
            client: Client::Spoke,
            ..Case::BASELINE
        };
        results.add(scene, spoke, Quantity::UpOne, 1.052);
        results.add(scene, spoke, Quantity::IdlePing, 123.4);
        let expected = "\
| | openvpn → openvpn server | spoke → openvpn server |
|---|---|---|
| up, 1 stream, Gbit/s | 0.61 (0.59..0.62) | 1.05 |
| idle ping p50, µs |  | 123 |
";
        let shown = table(&results, scene, Transport::Tcp);
        assert_eq!(shown.as_deref(), Some(expected));
        let goals = goals(&results);
        let row = "| openvpn server, up, 1 stream, Gbit/s | 0.61 | 1.05 | ×1.72 | ×1.3 | ×1.6 | ×1.7 | **stretch** |";
        assert!(goals.contains(row), "{goals}");
        assert_eq!(
            goals.lines().count(),
            3,
            "what was not measured is not there"
        );
    }
}
