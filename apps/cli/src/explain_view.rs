//! An explanation as text.

use crate::render::{Printer, Tone};
use crate::words;
use spoke_api::HostRoute;
use spoke_diagnose::{AddressReport, Answer, Explanation, NameReport, PortReply, Way};
use std::net::IpAddr;

/// The lines of `spoke explain`.
#[must_use]
pub(crate) fn lines(explanation: &Explanation, print: &Printer) -> Vec<String> {
    let mark = match explanation.reached {
        true => print.paint(Tone::Good, "✓"),
        false => print.paint(Tone::Bad, "✗"),
    };
    let mut lines = vec![format!("{mark} {}", words::sentence(&explanation.summary))];
    for cause in &explanation.causes {
        lines.push(format!("  {}", words::sentence(cause)));
    }
    if let Some(name) = &explanation.name {
        lines.extend(name_rows(name));
    }
    for address in &explanation.addresses {
        lines.push(row("Address", &address_text(address, explanation.port)));
    }
    if let Some(fix) = &explanation.fix {
        lines.push(format!("  {} {fix}", print.paint(Tone::Strong, "→")));
    }
    lines
}

/// A row with its label, as in `spoke status`.
#[must_use]
pub(crate) fn row(label: &str, text: &str) -> String {
    format!("    {label:<12}{text}")
}

fn name_rows(name: &NameReport) -> Vec<String> {
    let whom = match (&name.suffix, name.asked_inside) {
        (Some(suffix), true) => format!("{}, which asks inside for .{suffix}", name.resolver),
        (None, true) => format!("{}, which asks inside for all names", name.resolver),
        (_, false) => format!("{}, which asks outside", name.resolver),
    };
    let mut rows = vec![row(
        "Programs",
        &format!("{}, by {whom}", answer(&name.answers.here)),
    )];
    for asked in &name.answers.inside {
        let text = format!("{}, by {}", answer(&asked.answer), asked.server);
        rows.push(row("Inside", &text));
    }
    rows
}

/// What a question for a name came to.
#[must_use]
pub(crate) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Addresses { addresses } => addresses_text(addresses),
        Answer::NoAddress => "no such name".to_owned(),
        Answer::Silent => "no answer".to_owned(),
        Answer::Failed { why } => format!("no answer ({why})"),
    }
}

fn addresses_text(addresses: &[IpAddr]) -> String {
    let texts: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    texts.join(", ")
}

fn address_text(report: &AddressReport, port: u16) -> String {
    let way = match (report.way, &report.route) {
        (_, Some(route)) => route_text(route),
        (Way::Here, None) => "this computer".to_owned(),
        (_, None) => "no route".to_owned(),
    };
    let reply = match &report.reply {
        PortReply::Open => format!("port {port} open"),
        PortReply::Closed => format!("port {port} closed"),
        PortReply::Silent => format!("port {port} silent"),
        PortReply::Unreachable { why } => format!("port {port} unreachable ({why})"),
    };
    let inside = match report.only_inside {
        true => " (known inside only)",
        false => "",
    };
    format!("{}{inside}   {way}   {reply}", report.address)
}

/// A route in words.
#[must_use]
pub(crate) fn route_text(route: &HostRoute) -> String {
    match (&route.interface, route.gateway) {
        (None, _) => format!("{} refused", route.prefix),
        (Some(link), None) => format!("{} via {link}", route.prefix),
        (Some(link), Some(gateway)) => format!("{} via {gateway} on {link}", route.prefix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_diagnose::{Asked, NameFacts, Verdict};

    #[test]
    fn the_example_of_the_manual_reads_as_there() {
        let private: IpAddr = "10.20.4.7".parse().unwrap();
        let public: IpAddr = "20.61.10.4".parse().unwrap();
        let address = |address, only_inside, prefix: &str, link: &str, way, reply| AddressReport {
            address,
            only_inside,
            way,
            route: Some(HostRoute {
                prefix: prefix.parse().unwrap(),
                interface: Some(link.to_owned()),
                gateway: (way == Way::Router).then(|| "192.168.1.1".parse().unwrap()),
                metric: 100,
                ours: way == Way::Tunnel,
            }),
            reply,
        };
        let explanation = Explanation {
            target: "db1.privatelink.database.windows.net".to_owned(),
            port: 1433,
            verdict: Verdict::OutsideAnswer,
            reached: false,
            summary: "db1 resolves to a public address".to_owned(),
            causes: vec!["asked through the tunnel, 10.20.0.4 says 10.20.4.7".to_owned()],
            fix: Some("spoke profile set hub dns.suffixes+=x.y".to_owned()),
            mend: None,
            name: Some(NameReport {
                asked_inside: false,
                suffix: None,
                resolver: "systemd-resolved".to_owned(),
                answers: NameFacts {
                    here: Answer::Addresses {
                        addresses: vec![public],
                    },
                    inside: vec![Asked {
                        server: "10.20.0.4".parse().unwrap(),
                        answer: Answer::Addresses {
                            addresses: vec![private],
                        },
                    }],
                },
            }),
            addresses: vec![
                address(
                    public,
                    false,
                    "0.0.0.0/0",
                    "wlan0",
                    Way::Router,
                    PortReply::Silent,
                ),
                address(
                    private,
                    true,
                    "10.20.0.0/16",
                    "spoke0",
                    Way::Tunnel,
                    PortReply::Open,
                ),
            ],
        };
        let text = lines(&explanation, &Printer::plain(false)).join("\n");
        insta::assert_snapshot!(text);
    }
}
