//! What `spoke doctor` says of each thing that it looks at.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use spoke_api::{HostLink, HostNetwork, HostResolver, HostRoute, Problem, ProblemCode};
use spoke_diagnose::{Check, Examination, ProfileFacts, Repair, Standing, Subject, examine};
use std::time::Duration;

fn link(name: &str, address: &str) -> HostLink {
    HostLink {
        name: name.to_owned(),
        up: true,
        mtu: 1500,
        addresses: vec![address.parse().unwrap()],
    }
}

fn route(prefix: &str, interface: &str, ours: bool) -> HostRoute {
    HostRoute {
        prefix: prefix.parse().unwrap(),
        interface: Some(interface.to_owned()),
        gateway: None,
        metric: 100,
        ours,
    }
}

/// A computer on which all is well.
fn healthy() -> Examination {
    Examination {
        version: "1".to_owned(),
        daemon: Some(Ok("1".to_owned())),
        state: Some(spoke_api::State::default()),
        network: Some(HostNetwork {
            links: vec![link("lo", "127.0.0.1/8"), link("wlan0", "192.168.1.5/24")],
            routes: vec![route("0.0.0.0/0", "wlan0", false)],
            routes_left_out: 0,
            resolver: HostResolver {
                manager: "systemd-resolved".to_owned(),
                servers: vec!["127.0.0.53".parse().unwrap()],
                ours: false,
            },
        }),
        tunnel_device: Some(true),
        keyring: Some(Ok(("in the Secret Service".to_owned(), true))),
        clock: Some(Ok((Duration::from_secs(1), true))),
        proxy: None,
        profile: Some(ProfileFacts {
            name: "hub".to_owned(),
            include: vec!["10.20.0.0/16".parse().unwrap()],
            suffixes: vec!["contoso.internal".to_owned()],
            ..ProfileFacts::default()
        }),
    }
}

fn problem() -> Problem {
    Problem::new(ProblemCode::Other, "it is broken", "mend it")
}

#[track_caller]
fn check(subject: Subject, standing: Standing, change: impl FnOnce(&mut Examination)) -> Check {
    let mut facts = healthy();
    change(&mut facts);
    let checks = examine(&facts);
    let found = checks.iter().find(|check| check.subject == subject);
    let found = found.unwrap_or_else(|| panic!("{subject:?} is not looked at: {checks:?}"));
    assert_eq!(found.standing, standing, "{found:?}");
    let others = checks.iter().filter(|check| check.subject != subject);
    for other in others {
        assert_eq!(other.standing, Standing::Good, "{other:?}");
        assert_eq!(other.next, None, "{other:?}");
    }
    found.clone()
}

fn network(facts: &mut Examination) -> &mut HostNetwork {
    facts.network.as_mut().unwrap()
}

#[test]
fn a_healthy_computer_gets_good_marks_only() {
    let checks = examine(&healthy());
    assert_eq!(checks.len(), 10);
    assert!(checks.iter().all(|check| check.standing == Standing::Good));
}

#[test]
fn each_fault_is_found_alone_and_has_a_next_act() {
    use Standing::{Bad, Careful};
    type Change = fn(&mut Examination);
    let faults: [(Subject, Standing, Change); 15] = [
        (Subject::Daemon, Bad, |facts| {
            facts.daemon = Some(Err(problem()));
        }),
        (Subject::Daemon, Careful, |facts| {
            facts.daemon = Some(Ok("2".into()));
        }),
        (Subject::TunnelDevice, Bad, |facts| {
            facts.tunnel_device = Some(false);
        }),
        (Subject::Network, Bad, |facts| network(facts).routes.clear()),
        (Subject::Leftovers, Bad, |facts| {
            network(facts)
                .routes
                .push(route("10.20.0.0/16", "wlan0", true));
        }),
        (Subject::Leftovers, Bad, |facts| {
            network(facts).resolver.ours = true;
        }),
        (Subject::OtherVpn, Careful, |facts| {
            network(facts).links.push(link("wg0", "10.99.0.2/32"));
        }),
        (Subject::Overlap, Careful, |facts| {
            network(facts).links.push(link("eth0", "10.20.3.4/24"));
        }),
        (Subject::Resolver, Careful, |facts| {
            network(facts).resolver.manager = "resolv.conf".into();
        }),
        (Subject::Resolver, Bad, |facts| {
            network(facts).resolver.manager = "resolv.conf".into();
            network(facts).resolver.servers.clear();
        }),
        (Subject::Keyring, Careful, |facts| {
            facts.keyring = Some(Ok(("in memory only".into(), false)));
        }),
        (Subject::Keyring, Bad, |facts| {
            facts.keyring = Some(Err(problem()));
        }),
        (Subject::Clock, Bad, |facts| {
            facts.clock = Some(Ok((Duration::from_secs(301), false)));
        }),
        (Subject::Proxy, Careful, |facts| {
            facts.proxy = Some("proxy:3128".into());
        }),
        (Subject::Profile, Bad, |facts| {
            facts.profile.as_mut().unwrap().faults = vec!["server: none".into()];
        }),
    ];
    for (subject, standing, change) in faults {
        let found = check(subject, standing, change);
        assert!(found.next.is_some(), "{found:?}");
        assert_eq!(found.repair, None);
    }
    let offline = check(Subject::Clock, Careful, |facts| {
        facts.clock = Some(Err("no".into()));
    });
    assert_eq!(offline.next, None);
}

#[test]
fn a_clock_a_minute_off_deserves_a_look() {
    let found = check(Subject::Clock, Standing::Careful, |facts| {
        facts.clock = Some(Ok((Duration::from_secs(60), true)));
    });
    assert_eq!(
        found.finding,
        "the clock is 60 s ahead of the sign-in server's"
    );
}

#[test]
fn what_a_failed_connection_has_left_can_be_taken_back() {
    let json = r#"{"profile":"hub","owner":1000,"phase":"failed","since_ms":0,"connected_at_ms":null,
        "stages":[],"sign_in":null,"account":null,"sign_in_expires":null,"sign_in_renews":null,
        "gateway":null,"interface":null,"addresses":[],"mtu":null,"routes":[],"excluded":[],
        "dns":null,"cipher":null,"tls":null,
        "traffic":{"received":0,"sent":0,"receive_rate":0,"send_rate":0},"notices":[],
        "unused_options":[],"problem":null,"next_try":null}"#;
    let found = check(Subject::Leftovers, Standing::Bad, |facts| {
        facts.state.as_mut().unwrap().connection = serde_json::from_str(json).ok();
        network(facts).resolver.ours = true;
    });
    assert_eq!(found.repair, Some(Repair::TakeBack));
}
