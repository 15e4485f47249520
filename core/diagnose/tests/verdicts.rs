//! One situation for every verdict, with what the user is told to do.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use spoke_api::{
    Connection, DnsMode, DnsState, HostLink, HostNetwork, HostResolver, HostRoute, Phase, State,
};
use spoke_diagnose::{
    AddressFacts, Answer, Asked, Facts, NameFacts, PortReply, Target, Verdict, addresses_to_try,
    explain,
};
use std::net::IpAddr;

const INSIDE: &str = "10.20.4.7";
const OUTSIDE: &str = "20.61.10.4";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn route(prefix: &str, interface: Option<&str>, gateway: Option<&str>, ours: bool) -> HostRoute {
    HostRoute {
        prefix: prefix.parse().unwrap(),
        interface: interface.map(str::to_owned),
        gateway: gateway.map(ip),
        metric: if ours { 50 } else { 600 },
        ours,
    }
}

fn link(name: &str, address: &str) -> HostLink {
    HostLink {
        name: name.to_owned(),
        up: true,
        mtu: 1500,
        addresses: vec![address.parse().unwrap()],
    }
}

/// A laptop at home with a tunnel that takes 10.20.0.0/16 and names of contoso.internal.
fn facts(target: &str) -> Facts {
    let json = r#"{"profile":"hub","owner":1000,"phase":"connected","since_ms":0,"connected_at_ms":0,
        "stages":[],"sign_in":null,"account":null,"sign_in_expires":null,"sign_in_renews":null,
        "gateway":null,"interface":"spoke0","addresses":["172.16.201.7/24"],"mtu":1500,
        "routes":["10.20.0.0/16"],"excluded":["10.20.9.0/24"],"dns":null,"cipher":null,"tls":null,
        "traffic":{"received":0,"sent":0,"receive_rate":0,"send_rate":0},"notices":[],
        "unused_options":[],"problem":null,"next_try":null}"#;
    let mut connection: Connection = serde_json::from_str(json).unwrap();
    connection.dns = Some(DnsState {
        mode: DnsMode::Split,
        servers: vec![ip("10.20.0.4")],
        suffixes: vec!["contoso.internal".into()],
        manager: "systemd-resolved".into(),
    });
    Facts {
        target: target.parse().unwrap(),
        state: State {
            connection: Some(connection),
        },
        network: HostNetwork {
            links: vec![
                link("wlan0", "192.168.1.5/24"),
                link("spoke0", "172.16.201.7/24"),
            ],
            routes: vec![
                route("0.0.0.0/0", Some("wlan0"), Some("192.168.1.1"), false),
                route("192.168.1.0/24", Some("wlan0"), None, false),
                route("10.20.0.0/16", Some("spoke0"), None, true),
                route("10.20.9.0/24", Some("wlan0"), Some("192.168.1.1"), true),
            ],
            routes_left_out: 0,
            resolver: HostResolver {
                manager: "systemd-resolved".into(),
                servers: vec![ip("127.0.0.53")],
                ours: false,
            },
        },
        name: None,
        addresses: Vec::new(),
    }
}

fn found(address: &str) -> Answer {
    Answer::Addresses {
        addresses: vec![ip(address)],
    }
}

impl Situation for Facts {
    fn named(mut self, here: Answer, inside: Answer) -> Self {
        let server = ip("10.20.0.4");
        self.name = Some(NameFacts {
            here,
            inside: vec![Asked {
                server,
                answer: inside,
            }],
        });
        self
    }

    /// Every address answers so; the system sends from the tunnel's address to 10.20.
    fn answering(mut self, reply: PortReply) -> Self {
        let addresses = addresses_to_try(&self.target, self.name.as_ref());
        self.addresses = addresses
            .into_iter()
            .map(|address| AddressFacts {
                address,
                source: Some(match address.to_string().starts_with("10.20.") {
                    true => ip("172.16.201.7"),
                    false => ip("192.168.1.5"),
                }),
                reply: reply.clone(),
            })
            .collect();
        self
    }

    fn without_tunnel(mut self) -> Self {
        self.state = State::default();
        self.network.routes.retain(|route| !route.ours);
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

trait Situation: Sized {
    fn named(self, here: Answer, inside: Answer) -> Self;
    fn answering(self, reply: PortReply) -> Self;
    fn without_tunnel(self) -> Self;
    fn with(self, change: impl FnOnce(&mut Self)) -> Self;
}

fn connection(facts: &mut Facts) -> &mut Connection {
    facts.state.connection.as_mut().unwrap()
}

#[track_caller]
fn check(facts: Facts, verdict: Verdict, fix: &str) {
    let explanation = explain(&facts);
    assert_eq!(explanation.verdict, verdict, "{explanation:#?}");
    let told = explanation.fix.as_deref().unwrap_or_default();
    assert!(told.contains(fix), "{told}");
    assert!(fix.is_empty() == told.is_empty(), "{told}");
    // What a window does at a press is what the command does.
    let mended = explanation.mend.as_ref().map(|mend| mend.assignment());
    let changes = told.contains("spoke profile set") && !told.contains("ADDRESS");
    assert_eq!(mended.is_some(), changes, "{told}");
    assert!(told.contains(&mended.unwrap_or_default()), "{told}");
    let reached = [
        Verdict::ReachedInside,
        Verdict::ReachedOutside,
        Verdict::ThisComputer,
    ];
    assert_eq!(explanation.reached, reached.contains(&verdict));
}

#[test]
fn names_that_lead_elsewhere_than_inside() {
    check(
        facts("db1.privatelink.database.windows.net")
            .named(found(OUTSIDE), found(INSIDE))
            .answering(PortReply::Open),
        Verdict::OutsideAnswer,
        "spoke profile set hub dns.suffixes+=privatelink.database.windows.net && spoke reconnect",
    );
    check(
        facts("db1.contoso.internal")
            .named(found(OUTSIDE), found(INSIDE))
            .answering(PortReply::Open),
        Verdict::OutsideAnswer,
        "spoke dns status",
    );
    // Both sides may well say different public addresses: nothing is wrong with that.
    check(
        facts("www.example.com")
            .named(found(OUTSIDE), found("20.61.10.5"))
            .answering(PortReply::Open),
        Verdict::ReachedOutside,
        "",
    );
}

#[test]
fn names_without_an_answer() {
    let silent = || Answer::Silent;
    let none = || Answer::NoAddress;
    check(
        facts("wiki.fabrikam.internal").named(none(), found(INSIDE)),
        Verdict::NotAskedInside,
        "dns.suffixes+=fabrikam.internal",
    );
    check(
        facts("wiki.contoso.internal").named(silent(), found(INSIDE)),
        Verdict::ResolverInTheWay,
        "spoke dns status",
    );
    check(
        facts("wiki.contoso.internal").named(none(), none()),
        Verdict::NoSuchName,
        "",
    );
    check(
        facts("wiki.contoso.internal").named(silent(), silent()),
        Verdict::TunnelDnsSilent,
        "spoke report",
    );
    check(
        facts("wiki.contoso.internal")
            .named(silent(), silent())
            .with(|facts| {
                let dns = connection(facts).dns.as_mut().unwrap();
                dns.servers = vec![ip("10.40.0.4")];
            }),
        Verdict::TunnelDnsSilent,
        "routes.include+=10.40.0.4/32",
    );
    check(
        facts("wiki.contoso.internal")
            .named(none(), none())
            .with(|facts| connection(facts).dns = None),
        Verdict::NoTunnelDns,
        "dns.servers+=ADDRESS",
    );
    check(
        facts("wiki.contoso.internal")
            .named(none(), none())
            .without_tunnel(),
        Verdict::NotConnected,
        "spoke connect",
    );
    check(
        facts("wiki.contoso.internal")
            .named(none(), none())
            .with(|facts| connection(facts).phase = Phase::Reconnecting),
        Verdict::NotConnected,
        "spoke status",
    );
}

#[test]
fn addresses_in_the_tunnel() {
    for (reply, verdict, fix) in [
        (PortReply::Open, Verdict::ReachedInside, ""),
        (
            PortReply::Closed,
            Verdict::PortClosed,
            "spoke explain 10.20.4.7:PORT",
        ),
        (PortReply::Silent, Verdict::SilentInside, "spoke report"),
        (
            PortReply::Unreachable {
                why: "no route to host".into(),
            },
            Verdict::UnreachableInside,
            "spoke report",
        ),
    ] {
        check(facts(INSIDE).answering(reply), verdict, fix);
    }
    check(
        facts(INSIDE)
            .answering(PortReply::Silent)
            .with(|facts| facts.addresses[0].source = Some(ip("192.168.1.5"))),
        Verdict::OtherRule,
        "ip rule show",
    );
    let by_name = facts("db1.contoso.internal:1433").named(found(INSIDE), found(INSIDE));
    check(
        by_name.answering(PortReply::Closed),
        Verdict::PortClosed,
        "",
    );
}

#[test]
fn addresses_that_are_led_past_the_tunnel() {
    // What answers is a machine of the home network, not of the virtual one.
    for reply in [PortReply::Open, PortReply::Silent] {
        check(
            facts("10.20.0.9").answering(reply).with(|facts| {
                let local = route("10.20.0.0/24", Some("wlan0"), None, false);
                facts.network.routes.push(local);
            }),
            Verdict::Overlap,
            "routes.include+=10.20.0.9/32",
        );
    }
    check(
        facts("10.20.0.9").answering(PortReply::Open).with(|facts| {
            let rogue = route("10.20.0.0/17", Some("wlan0"), Some("192.168.1.66"), false);
            facts.network.routes.push(rogue);
        }),
        Verdict::OtherRoute,
        "routes.include+=10.20.0.9/32",
    );
    check(
        facts("10.20.9.9").answering(PortReply::Silent),
        Verdict::Excluded,
        "routes.exclude-=10.20.9.0/24",
    );
    check(
        facts("10.20.9.9").answering(PortReply::Open),
        Verdict::ReachedOutside,
        "",
    );
    check(
        facts("10.40.0.9").answering(PortReply::Silent),
        Verdict::NoRoute,
        "routes.include+=10.40.0.9/32",
    );
    check(
        facts(OUTSIDE).answering(PortReply::Silent),
        Verdict::SilentOutside,
        "",
    );
}

#[test]
fn addresses_that_go_nowhere() {
    check(
        facts("192.168.1.5").answering(PortReply::Open),
        Verdict::ThisComputer,
        "",
    );
    check(
        facts("127.0.0.1").answering(PortReply::Closed),
        Verdict::ThisComputer,
        "",
    );
    check(
        facts(OUTSIDE)
            .answering(PortReply::Silent)
            .with(|facts| facts.network.routes.clear()),
        Verdict::NoNetwork,
        "spoke doctor",
    );
    check(
        facts("2603::1").answering(PortReply::Silent).with(|facts| {
            facts.network.routes.push(route("::/1", None, None, true));
        }),
        Verdict::RouteRefuses,
        "spoke route show 2603::1",
    );
    check(
        facts(INSIDE).answering(PortReply::Silent).without_tunnel(),
        Verdict::NotConnected,
        "spoke connect",
    );
    check(
        facts(OUTSIDE).answering(PortReply::Open).without_tunnel(),
        Verdict::ReachedOutside,
        "",
    );
}

#[test]
fn a_profile_with_a_space_can_be_typed() {
    let case = facts("10.40.0.9").answering(PortReply::Silent);
    let explanation = explain(&case.with(|facts| connection(facts).profile = "My hub".into()));
    let fix = explanation.fix.unwrap();
    assert!(
        fix.starts_with("spoke profile set 'My hub' routes.include+="),
        "{fix}"
    );
}

#[test]
fn the_document_keeps_its_fields() {
    let case = facts("db1.privatelink.database.windows.net").named(found(OUTSIDE), found(INSIDE));
    let explanation = explain(&case.answering(PortReply::Open));
    insta::assert_snapshot!(serde_json::to_string_pretty(&explanation).unwrap());
}

#[test]
fn the_same_is_tried_once_and_only_some() {
    let target: Target = "db1.contoso.internal".parse().unwrap();
    let many: Vec<IpAddr> = (0..9).map(|last| IpAddr::from([10, 20, 4, last])).collect();
    let answer = |addresses: &[IpAddr]| Answer::Addresses {
        addresses: addresses.to_vec(),
    };
    let name = NameFacts {
        here: answer(&many[..6]),
        inside: vec![Asked {
            server: ip("10.20.0.4"),
            answer: answer(&many),
        }],
    };
    let tried = addresses_to_try(&target, Some(&name));
    assert_eq!(tried.len(), 6);
    assert_eq!(tried[..4], many[..4]);
}
