//! A state of the daemon as text.

use crate::events::Milestone;
use crate::render::{Printer, Tone};
use crate::{clock, words};
use spoke_api::{
    Connection, Description, DnsMode, DnsState, Gateway, Phase, Stage, StageReport, StageStatus,
    State,
};

/// What a phase is called.
#[must_use]
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Disconnected => "Disconnected",
        Phase::Connecting => "Connecting",
        Phase::SigningIn => "Signing in",
        Phase::Connected => "Connected",
        Phase::Reconnecting => "Reconnecting",
        Phase::Paused => "Paused",
        Phase::Blocked => "Blocked",
        Phase::Disconnecting => "Disconnecting",
        Phase::Failed => "Failed",
    }
}

/// The lines of `spoke status`.
#[must_use]
pub(crate) fn lines(state: &State, now_ms: u64, print: &Printer) -> Vec<String> {
    let Some(connection) = &state.connection else {
        return vec![print.paint(Tone::Strong, phase(Phase::Disconnected))];
    };
    let mut lines = vec![heading(connection, now_ms, print)];
    let mut row = |label: &str, text: String| lines.push(format!("    {label:<12}{text}"));
    if let Some(account) = &connection.account {
        row("Account", format!("{account}{}", sign_in_clock(connection)));
    } else if connection.sign_in_expires.is_some() {
        row("Sign-in", sign_in_clock(connection).trim_start().to_owned());
    }
    if let Some(certificate) = &connection.certificate {
        let until = clock::date(certificate.expires);
        row(
            "Certificate",
            format!("{}     valid until {until}", certificate.subject),
        );
    }
    if let Some(gateway) = &connection.gateway {
        row("Gateway", gateway_text(gateway, print.verbose()));
    }
    if let Some(text) = address_text(connection) {
        row("Address", text);
    }
    if connection.phase == Phase::Connected {
        let traffic = connection.traffic;
        row(
            "Traffic",
            format!(
                "↓ {}  ↑ {}   now ↓ {}/s ↑ {}/s",
                words::bytes(traffic.received),
                words::bytes(traffic.sent),
                words::bytes(traffic.receive_rate),
                words::bytes(traffic.send_rate)
            ),
        );
    }
    if let Some(dns) = &connection.dns {
        row("DNS", dns_text(dns));
    }
    if let Some(at) = connection.next_try {
        let label = match connection.phase {
            Phase::Paused => "Back at",
            _ => "Next try",
        };
        row(label, clock::local(at));
    }
    if print.verbose() {
        verbose_rows(connection, &mut row);
    }
    if let Some(problem) = &connection.problem {
        lines.push(format!(
            "    {} {}",
            print.paint(Tone::Bad, "✗"),
            words::sentence(&problem.summary)
        ));
        if let Some(cause) = &problem.cause {
            lines.push(format!("      {}", words::sentence(cause)));
        }
        let arrow = print.paint(Tone::Strong, "→");
        lines.push(format!("      {arrow} {}", problem.hint));
    }
    for notice in &connection.notices {
        lines.push(format!(
            "    {} {}",
            print.paint(Tone::Careful, "#"),
            words::sentence(&notice.text)
        ));
    }
    lines
}

fn heading(connection: &Connection, now_ms: u64, print: &Printer) -> String {
    let tone = match connection.phase {
        Phase::Connected => Tone::Good,
        Phase::Failed | Phase::Blocked => Tone::Bad,
        Phase::Disconnected => Tone::Strong,
        _ => Tone::Careful,
    };
    let since = match connection.phase {
        Phase::Connected => connection.connected_at_ms.unwrap_or(connection.since_ms),
        _ => connection.since_ms,
    };
    let duration = words::duration(now_ms.saturating_sub(since) / 1000);
    let long = match connection.phase {
        Phase::Failed | Phase::Disconnected => format!("{duration} ago"),
        _ => format!("for {duration}"),
    };
    format!(
        "{}  {}  {long}",
        print.paint(tone, phase(connection.phase)),
        print.paint(Tone::Strong, &connection.profile),
    )
}

fn sign_in_clock(connection: &Connection) -> String {
    let mut text = String::new();
    if let Some(expires) = connection.sign_in_expires {
        text = format!("     sign-in until {}", clock::local(expires));
        if let Some(renews) = connection.sign_in_renews {
            text.push_str(&format!(", renews {}", clock::local(renews)));
        }
    }
    text
}

fn gateway_text(gateway: &Gateway, whole: bool) -> String {
    let host = if whole {
        gateway.host.clone()
    } else {
        words::host_start(&gateway.host)
    };
    let place = match gateway.position {
        0 => "primary".to_owned(),
        1 => "secondary".to_owned(),
        more => format!("number {}", more + 1),
    };
    let address = gateway
        .address
        .filter(|_| whole)
        .map_or_else(String::new, |address| format!("  {address}"));
    let rtt = gateway.rtt_us.map_or_else(String::new, |rtt| {
        if rtt < 1000 {
            "  under 1 ms".to_owned()
        } else {
            format!("  {} ms", (rtt + 500) / 1000)
        }
    });
    format!("{host} ({place}){address}{rtt}")
}

fn address_text(connection: &Connection) -> Option<String> {
    if connection.addresses.is_empty() {
        return None;
    }
    let addresses: Vec<_> = connection
        .addresses
        .iter()
        .map(|net| net.addr().to_string())
        .collect();
    let on = connection
        .interface
        .as_ref()
        .map_or_else(String::new, |interface| format!(" on {interface}"));
    Some(format!("{}{on}", addresses.join(", ")))
}

fn dns_text(dns: &DnsState) -> String {
    let servers: Vec<_> = dns.servers.iter().map(ToString::to_string).collect();
    let servers = servers.join(", ");
    match dns.mode {
        DnsMode::Split => format!("split: {} → {servers}", dotted(&dns.suffixes)),
        DnsMode::Full => format!("all names → {servers}"),
    }
}

/// `.contoso.internal, .contoso.com`.
#[must_use]
pub(crate) fn dotted(suffixes: &[String]) -> String {
    suffixes
        .iter()
        .map(|suffix| format!(".{suffix}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn verbose_rows(connection: &Connection, row: &mut impl FnMut(&str, String)) {
    let joined = |nets: &[ipnet::IpNet]| {
        nets.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !connection.routes.is_empty() {
        row("Routes", joined(&connection.routes));
    }
    if !connection.excluded.is_empty() {
        row("Excluded", joined(&connection.excluded));
    }
    if let Some(mtu) = connection.mtu {
        row("MTU", mtu.to_string());
    }
    if let Some(dns) = &connection.dns {
        row("DNS through", dns.manager.clone());
    }
    if let Some(tls) = &connection.tls {
        row("TLS", tls.clone());
    }
    if let Some(cipher) = &connection.cipher {
        row("Cipher", cipher.clone());
    }
    if let Some(description) = connection.description {
        row("Says", describes(description).to_owned());
    }
    for option in &connection.unused_options {
        row("Not used", option.clone());
    }
    for report in &connection.stages {
        row("Stage", stage_text(report));
    }
}

/// What this client tells the gateway of itself.
const fn describes(description: Description) -> &'static str {
    match description {
        Description::Ordinary => "ordinary values",
        Description::Stock => "the stock client's values (compat on)",
        Description::StockAfterRefusal => {
            "the stock client's values: the gateway closed the connection on ordinary ones (compat auto)"
        }
        Description::StockRemembered => {
            "the stock client's values, as this gateway wanted before (compat auto)"
        }
    }
}

fn stage_text(report: &StageReport) -> String {
    let took = report.took_ms.map_or_else(String::new, words::seconds);
    format!("{:<10} {took:>8}  {}", report.stage.word(), report.detail)
}

/// What a milestone is called once it is passed.
#[must_use]
pub(crate) fn milestone(milestone: Milestone) -> &'static str {
    match milestone {
        Milestone::Gateway => "Gateway reached",
        Milestone::SignIn => "Signed in",
        Milestone::Tunnel => "Tunnel up",
        Milestone::Routes => "Routes and DNS",
    }
}

/// What is being waited for in a stage.
#[must_use]
pub(crate) fn waiting(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => "Looking up the gateway",
        Stage::Transport => "Reaching the gateway",
        Stage::Tls => "Checking the gateway",
        Stage::Auth => "Signing in",
        Stage::Options => "Waiting for the network's settings",
        Stage::Interface => "Setting up the tunnel",
        Stage::Routes => "Setting routes",
        Stage::Dns => "Setting up DNS",
        Stage::Verify => "Waiting for the first answer",
    }
}

/// The line of a milestone that was passed or failed.
#[must_use]
pub(crate) fn milestone_line(which: Milestone, connection: &Connection, print: &Printer) -> String {
    let (mark, name, text) = match failed_stage(which, connection) {
        Some(report) => (
            print.paint(Tone::Bad, "✗"),
            failed_name(report.stage),
            failed_text(report, connection),
        ),
        None => (
            print.paint(Tone::Good, "✓"),
            milestone(which),
            passed_text(which, connection),
        ),
    };
    let took = words::seconds(which.took_ms(connection));
    format!("{mark} {name:<22}{text:<49} {took:>7}")
}

/// The line of one stage, for those who asked for more.
#[must_use]
pub(crate) fn stage_line(report: &StageReport, print: &Printer) -> Option<String> {
    let mark = match report.status {
        StageStatus::Running => return None,
        StageStatus::Done => print.paint(Tone::Faint, "·"),
        StageStatus::Failed => print.paint(Tone::Bad, "✗"),
    };
    let took = report.took_ms.map_or_else(String::new, words::seconds);
    let detail = &report.detail;
    Some(format!(
        "  {mark} {:<20}{detail:<49} {took:>7}",
        report.stage.word()
    ))
}

fn failed_stage(which: Milestone, connection: &Connection) -> Option<&StageReport> {
    connection.stages.iter().find(|report| {
        report.status == StageStatus::Failed && which.stages().contains(&report.stage)
    })
}

/// What did not come about when this stage failed.
fn failed_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Resolve => "Gateway not found",
        Stage::Transport => "Gateway not reached",
        Stage::Tls => "Gateway not trusted",
        Stage::Auth => "Not signed in",
        Stage::Options => "No settings came",
        Stage::Interface => "No tunnel",
        Stage::Routes => "No routes",
        Stage::Dns => "No DNS",
        Stage::Verify => "No traffic",
    }
}

/// Why, unless that follows anyhow because the attempt ends with it.
fn failed_text(report: &StageReport, connection: &Connection) -> String {
    let told = connection
        .problem
        .as_ref()
        .is_some_and(|problem| problem.summary == report.detail);
    match &connection.gateway {
        Some(gateway) if told => words::host_start(&gateway.host),
        _ if told => String::new(),
        _ => report.detail.clone(),
    }
}

fn passed_text(which: Milestone, connection: &Connection) -> String {
    match which {
        Milestone::Gateway => {
            let host = connection
                .gateway
                .as_ref()
                .map_or_else(String::new, |gateway| words::host_start(&gateway.host));
            let tls = connection
                .stages
                .iter()
                .find(|report| report.stage == Stage::Tls)
                .map_or("", |report| report.detail.as_str());
            format!("{host}  {tls}")
        }
        Milestone::SignIn => which.detail(connection),
        Milestone::Tunnel => {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(connection.interface.clone());
            parts.extend(
                connection
                    .addresses
                    .iter()
                    .map(|net| net.addr().to_string()),
            );
            parts.extend(connection.mtu.map(|mtu| format!("MTU {mtu}")));
            parts.join(", ")
        }
        Milestone::Routes => {
            let routes = words::count(connection.routes.len(), "route");
            match &connection.dns {
                Some(dns) if dns.mode == DnsMode::Split => {
                    format!("{routes}, split DNS for {}", dotted(&dns.suffixes))
                }
                Some(_) => format!("{routes}, DNS for all names"),
                None => routes,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use spoke_api::{Problem, ProblemCode};

    /// 2 h 14 m after the example's connection came up. Its sign-in clock is left out,
    /// because it is shown in the zone of whoever runs the tests.
    fn shown(mut state: State, verbose: bool) -> String {
        if let Some(connection) = &mut state.connection {
            connection.sign_in_expires = None;
        }
        let now = 1_800_000_000_700 + 8_040_000;
        lines(&state, now, &Printer::plain(verbose)).join("\n")
    }

    #[test]
    fn connected_looks_like_the_manual() {
        insta::assert_snapshot!(shown(example::connected(), false));
    }

    #[test]
    fn verbose_shows_all_of_it() {
        insta::assert_snapshot!(shown(example::connected(), true));
    }

    #[test]
    fn a_failure_says_why_and_what_next() {
        let mut state = example::connecting(&[(Stage::Resolve, StageStatus::Failed)]);
        if let Some(connection) = &mut state.connection {
            connection.phase = Phase::Failed;
            connection.problem = Some(
                Problem::new(
                    ProblemCode::GatewayNotFound,
                    "The name gw.example.invalid does not resolve.",
                    "spoke profile show contoso-hub",
                )
                .cause("This computer's resolver says there is no such name."),
            );
        }
        insta::assert_snapshot!(shown(state, false));
    }

    #[test]
    fn nothing_connected_is_one_line() {
        assert_eq!(shown(State::default(), false), "Disconnected");
    }

    #[test]
    fn milestones_look_like_the_manual() {
        let state = example::connected();
        let connection = state.connection.as_ref().unwrap();
        let print = Printer::plain(false);
        let lines: Vec<_> = Milestone::ALL
            .iter()
            .map(|one| milestone_line(*one, connection, &print))
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
