//! A real tun device with real addresses and routes, and nothing left of them.
#![expect(clippy::unwrap_used, reason = "a test may")]

use super::support::{assert_same, in_namespaces, picture, run};
use ipnet::IpNet;
use spoke_host::{Host, HostError, HostEvent, Outcome, TunDevice, Watch};
use spoke_plan::{
    Change, Journal, MAX_ROUTES, Policy, Pushed, Route, Situation, Via, Wanted, diff,
    interface_name, plan, recover,
};
use std::net::IpAddr;
use std::time::{Duration, Instant};

#[test]
fn a_full_tunnel_comes_and_goes_without_a_trace() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        assert_eq!(device.name(), "spoke0");
        let wanted = wanted(&host, &full()).await;
        let changes = diff(&Wanted::nothing(), &wanted);
        for change in &changes {
            assert_eq!(host.apply(change).await.unwrap(), Outcome::Done, "{change}");
        }
        let way = |to: &str| run(&format!("ip -o route get {to}"));
        assert!(way("8.8.8.8").contains("dev spoke0"), "{}", way("8.8.8.8"));
        assert!(way("203.0.113.5").contains("via 192.168.1.1 dev eth0"));
        assert!(way("10.9.5.5").contains("via 192.168.1.2 dev eth0"));
        assert!(way("192.168.1.20").contains("dev eth0"));
        assert!(
            way("2001:db8::1").contains("dev spoke0"),
            "{}",
            way("2001:db8::1")
        );
        assert!(run("ip route show default").contains("via 192.168.1.1 dev eth0"));
        assert!(run("ip link show spoke0").contains("mtu 1400"));
        let marked = run("ip -N -4 route show proto 83");
        assert!(marked.lines().count() >= 4, "{marked}");

        for change in changes.iter().rev() {
            let undo = change.undo();
            host.apply(&undo).await.unwrap();
        }
        drop(device);
        assert_same(&picture(), &before, "at the end");
    });
}

#[test]
fn every_change_is_made_once_however_often_it_is_asked_for() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        let wanted = wanted(&host, &full()).await;
        let changes = diff(&Wanted::nothing(), &wanted);
        for change in &changes {
            host.apply(change).await.unwrap();
            let once = picture();
            host.apply(change).await.unwrap();
            assert_same(&picture(), &once, &change.to_string());
        }
        let again = diff(&wanted, &self::wanted_after(&host, &full(), &wanted).await);
        assert_eq!(again, []);
        for change in changes.iter().rev() {
            let undo = change.undo();
            host.apply(&undo).await.unwrap();
            let once = picture();
            host.apply(&undo).await.unwrap();
            assert_same(&picture(), &once, &undo.to_string());
        }
        drop(device);
        assert_same(&picture(), &before, "at the end");
        for change in changes.iter().rev() {
            host.apply(&change.undo()).await.unwrap();
        }
        assert_same(&picture(), &before, "undone once more without the device");
    });
}

#[test]
fn a_crash_after_any_change_is_recovered() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let before = picture();
        let mut crash = 0;
        loop {
            let device = TunDevice::open("spoke0").unwrap();
            let wanted = wanted(&host, &full()).await;
            let changes = diff(&Wanted::nothing(), &wanted);
            let mut journal = Journal::new(host.view().await.unwrap().boot_id);
            for change in changes.iter().take(crash) {
                let _ = journal.record(change);
                host.apply(change).await.unwrap();
                let _ = journal.confirm(change);
            }
            // The next one was written down and not made.
            if let Some(change) = changes.get(crash) {
                let _ = journal.record(change);
            }
            drop(device);

            let view = host.view().await.unwrap();
            for change in recover(&journal, &view) {
                assert_eq!(
                    host.apply(&change).await.unwrap(),
                    Outcome::Done,
                    "{change}"
                );
            }
            assert_same(&picture(), &before, &format!("after {crash} changes"));
            if crash == changes.len() {
                assert!(crash > 8, "the plan is not trivial");
                break;
            }
            crash += 1;
        }
    });
}

#[test]
fn a_new_address_and_new_routes_replace_the_old() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        let mut applied = Wanted::nothing();
        let mut next = full();
        for (address, routes) in [
            ("172.16.201.7/24", vec!["10.20.0.0/16"]),
            ("172.16.201.9/24", vec!["10.20.0.0/16", "10.30.0.0/16"]),
            ("172.16.55.9/32", vec!["10.30.0.0/16"]),
        ] {
            next.pushed.addresses = vec![net(address)];
            next.pushed.routes = routes.iter().map(|one| net(one)).collect();
            let wanted = wanted_after(&host, &next, &applied).await;
            for change in diff(&applied, &wanted) {
                assert_eq!(
                    host.apply(&change).await.unwrap(),
                    Outcome::Done,
                    "{change}"
                );
            }
            applied = wanted;
            let addresses = run("ip -4 -o addr show dev spoke0");
            assert_eq!(addresses.lines().count(), 1, "{addresses}");
            assert!(addresses.contains(address), "{addresses}");
            for route in routes {
                assert!(run("ip route show dev spoke0").contains(route));
            }
        }
        assert!(!run("ip route show dev spoke0").contains("10.20.0.0/16"));
        for change in diff(&applied, &Wanted::nothing()) {
            assert_eq!(
                host.apply(&change).await.unwrap(),
                Outcome::Done,
                "{change}"
            );
        }
        drop(device);
        assert_same(&picture(), &before, "at the end");
    });
}

#[test]
fn ways_past_the_tunnel_that_plans_may_need() {
    in_namespaces(async || {
        run("ip route replace default via 172.31.0.1 dev eth0 onlink");
        run("ip route add 198.18.0.0/15 via inet6 fd77::1 dev eth0");
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        let mut ask = full();
        ask.policy.exclude = vec![net("198.18.5.0/24"), net("198.51.100.0/24")];
        let view = host.view().await.unwrap();
        let wanted = ask.plan(&view, &Wanted::nothing());
        let changes = diff(&Wanted::nothing(), &wanted);
        let nowhere = Change::AddRoute {
            route: Route {
                prefix: net("2001:db8:9::/48"),
                via: Via::Nowhere,
            },
        };
        for change in changes.iter().chain([&nowhere]) {
            assert_eq!(host.apply(change).await.unwrap(), Outcome::Done, "{change}");
            assert_eq!(
                host.apply(change).await.unwrap_or(Outcome::Done),
                again(change),
                "{change}"
            );
        }
        let way = |to: &str| run(&format!("ip -o route get {to}"));
        assert!(way("203.0.113.5").contains("via 172.31.0.1 dev eth0"));
        assert!(way("198.51.100.1").contains("via 172.31.0.1 dev eth0"));
        assert!(way("198.18.5.1").contains("via inet6 fd77::1 dev eth0"));
        assert!(
            way("198.19.5.1").contains("dev eth0"),
            "longer than the halves"
        );
        assert!(run("ip -6 route").contains("unreachable 2001:db8:9::/48"));
        let mut journal = Journal::new(view.boot_id);
        for change in changes.iter().chain([&nowhere]) {
            let _ = journal.record(change);
        }
        drop(device);
        for change in recover(&journal, &host.view().await.unwrap()) {
            assert_eq!(
                host.apply(&change).await.unwrap(),
                Outcome::Done,
                "{change}"
            );
        }
        assert_same(&picture(), &before, "at the end");
    });
}

#[test]
fn a_host_with_ipv6_switched_off_gets_ipv4_alone() {
    in_namespaces(async || {
        run("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1");
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        let mut ask = full();
        ask.pushed.block_ipv6 = true;
        let wanted = wanted(&host, &ask).await;
        for change in diff(&Wanted::nothing(), &wanted) {
            assert_eq!(
                host.apply(&change).await.unwrap(),
                Outcome::Done,
                "{change}"
            );
        }
        for change in diff(&wanted, &Wanted::nothing()) {
            assert_eq!(
                host.apply(&change).await.unwrap(),
                Outcome::Done,
                "{change}"
            );
        }
        drop(device);
        assert_same(&picture(), &before, "at the end");
    });
}

#[test]
fn a_thousand_routes_are_set_in_a_blink() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        let mut ask = full();
        ask.policy.full_tunnel = false;
        ask.pushed.routes = (0..2000)
            .map(|n| net(&format!("10.{}.{}.0/24", n >> 8, n & 255)))
            .collect();
        let wanted = wanted(&host, &ask).await;
        assert_eq!(wanted.tunnelled().count(), MAX_ROUTES);
        let start = Instant::now();
        for change in diff(&Wanted::nothing(), &wanted) {
            host.apply(&change).await.unwrap();
        }
        let took = start.elapsed();
        println!("{MAX_ROUTES} routes in {took:?}");
        assert!(took < Duration::from_secs(3), "{took:?}");
        drop(device);
        for change in diff(&wanted.device_closed(), &Wanted::nothing()) {
            host.apply(&change).await.unwrap();
        }
        assert_same(&picture(), &before, "at the end");
    });
}

#[test]
fn a_route_of_another_program_is_never_taken() {
    in_namespaces(async || {
        run("ip route add 10.20.0.0/16 via 192.168.1.3 dev eth0 metric 50");
        let host = Host::open().unwrap();
        let before = picture();
        let device = TunDevice::open("spoke0").unwrap();
        run("ip link set spoke0 up");
        let add = Change::AddRoute {
            route: Route::into_tunnel(net("10.20.0.0/16"), "spoke0"),
        };
        let error = host.apply(&add).await.unwrap_err();
        assert!(matches!(error, HostError::Taken { .. }), "{error}");
        assert!(
            error
                .to_string()
                .starts_with("add route 10.20.0.0/16 via spoke0: ")
        );
        let foreign = Change::RemoveRoute {
            route: Route {
                prefix: net("10.20.0.0/16"),
                via: Via::Physical {
                    interface: "eth0".to_owned(),
                    gateway: Some(ip("192.168.1.3")),
                    onlink: false,
                },
            },
        };
        assert_eq!(host.apply(&foreign).await.unwrap(), Outcome::AlreadySo);
        drop(device);
        assert_same(&picture(), &before, "at the end");
    });
}

#[test]
fn a_link_that_is_gone_is_named() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let add = Change::AddAddress {
            interface: "spoke9".to_owned(),
            address: net("10.0.0.1/24"),
        };
        let text = host.apply(&add).await.unwrap_err().to_string();
        assert_eq!(
            text,
            "add address 10.0.0.1/24 to spoke9: this host has no link spoke9"
        );
        assert_eq!(host.apply(&add.undo()).await.unwrap(), Outcome::AlreadySo);
    });
}

#[test]
fn a_device_is_numbered_and_held_by_one() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let first = TunDevice::open(&interface_name(&host.view().await.unwrap())).unwrap();
        let second = TunDevice::open(&interface_name(&host.view().await.unwrap())).unwrap();
        assert_eq!((first.name(), second.name()), ("spoke0", "spoke1"));
        let error = TunDevice::open("spoke0").unwrap_err().to_string();
        assert!(error.starts_with("open tunnel device spoke0: "), "{error}");
        assert!(error.ends_with("another program holds it"), "{error}");
        assert_eq!(TunDevice::open("lab%d").unwrap().name(), "lab0");
        for bad in ["", "a-name-too-long!", "nul\0"] {
            assert!(TunDevice::open(bad).is_err(), "{bad:?}");
        }
        drop(first);
        assert!(!host.view().await.unwrap().has_link("spoke0"));
    });
}

#[test]
fn changes_by_others_are_heard_and_our_own_routes_are_not() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let mut watch = Watch::open().unwrap();
        run("ip route add 10.77.0.0/16 via 192.168.1.3 dev eth0");
        let heard = tokio::time::timeout(Duration::from_secs(5), watch.next())
            .await
            .unwrap();
        assert_eq!(heard, Some(HostEvent::Route));

        let ours = Route {
            prefix: net("10.78.0.0/16"),
            via: Via::Physical {
                interface: "eth0".to_owned(),
                gateway: Some(ip("192.168.1.1")),
                onlink: false,
            },
        };
        host.apply(&Change::AddRoute { route: ours }).await.unwrap();
        run("ip link set eth0 down");
        let heard = tokio::time::timeout(Duration::from_secs(5), watch.next())
            .await
            .unwrap();
        assert_ne!(
            heard,
            Some(HostEvent::Route),
            "ours was heard, or the link was not"
        );
    });
}

struct Ask {
    policy: Policy,
    pushed: Pushed,
}

impl Ask {
    fn plan(&self, view: &spoke_plan::HostView, applied: &Wanted) -> Wanted {
        plan(&Situation {
            view,
            policy: &self.policy,
            pushed: &self.pushed,
            interface: "spoke0",
            gateway: Some(ip("203.0.113.5")),
            applied,
        })
        .wanted
    }
}

/// All traffic of both families, an exclude, DNS by file, another MTU.
fn full() -> Ask {
    Ask {
        policy: Policy {
            exclude: vec![net("198.51.100.0/24")],
            full_tunnel: true,
            ..Policy::default()
        },
        pushed: Pushed {
            addresses: vec![net("172.16.201.7/24"), net("fd00:1::2/64")],
            routes: vec![net("10.20.0.0/16")],
            dns_servers: vec![ip("10.20.0.4")],
            dns_suffixes: vec!["contoso.internal".to_owned()],
            mtu: Some(1400),
            ..Pushed::default()
        },
    }
}

async fn wanted(host: &Host, ask: &Ask) -> Wanted {
    wanted_after(host, ask, &Wanted::nothing()).await
}

async fn wanted_after(host: &Host, ask: &Ask, applied: &Wanted) -> Wanted {
    ask.plan(&host.view().await.unwrap(), applied)
}

/// What making a change again comes to: only the kernel's setters do not tell.
fn again(change: &Change) -> Outcome {
    match change {
        Change::SetMtu { .. } | Change::SetUp { .. } => Outcome::Done,
        _ => Outcome::AlreadySo,
    }
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
