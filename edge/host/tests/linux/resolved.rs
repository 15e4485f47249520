//! Split, full and shared DNS with a real systemd-resolved: which server is asked
//! for which name.
#![expect(clippy::unwrap_used, reason = "a test may")]

use super::support::resolved::{HIDDEN, INSIDE, NameServer, OUTSIDE, Package, Tunnel};
use super::support::{file_picture, in_namespaces, run};
use spoke_host::{Host, Outcome, TunDevice, Watch};
use spoke_plan::{Change, HostEvent, Lost, Policy, Pushed, Situation, Wanted, diff, plan};
use std::time::Duration;

#[test]
fn a_suffix_is_asked_in_the_tunnel_and_nothing_else() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], false).await;
        assert_eq!(world.shown("dns"), "10.20.0.4");
        assert_eq!(world.shown("domain"), "contoso.internal");
        assert_eq!(world.shown("default-route"), "no");

        let inside = INSIDE.to_string();
        assert!(world.query("db1.contoso.internal").contains(&inside));
        assert_eq!(world.inside.asked(), ["db1.contoso.internal"]);
        assert_eq!(world.outside.asked(), [""; 0]);

        assert!(
            world.query("db2").contains(&inside),
            "the suffix is searched"
        );
        assert_eq!(world.inside.asked(), ["db2.contoso.internal"]);

        assert!(
            world
                .query("www.example.com")
                .contains(&OUTSIDE.to_string())
        );
        assert_eq!(world.outside.asked(), ["www.example.com"]);
        assert_eq!(world.inside.asked(), [""; 0]);

        let seen = run("getent ahostsv4 db3.contoso.internal");
        assert!(seen.contains(&inside), "programs see the same: {seen}");
        world.taken_back().await;
    });
}

#[test]
fn all_names_are_asked_in_a_full_tunnel() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], true).await;
        assert_eq!(world.shown("domain"), "contoso.internal ~.");
        assert_eq!(world.shown("default-route"), "yes");
        assert!(world.query("www.example.com").contains(&INSIDE.to_string()));
        assert_eq!(world.inside.asked(), ["www.example.com"]);
        assert_eq!(world.outside.asked(), [""; 0]);
        world.taken_back().await;
    });
}

#[test]
fn a_host_that_wants_tls_and_signatures_still_reaches_private_zones() {
    with_settings(
        "DNSOverTLS=yes\nDNSSEC=yes\nLLMNR=yes\n",
        async |mut world| {
            assert!(
                world
                    .package
                    .ask(&["query", "-4", "www.example.com"])
                    .is_err()
            );
            world.connect(&["contoso.internal"], false).await;
            assert!(
                world
                    .query("db1.contoso.internal")
                    .contains(&INSIDE.to_string())
            );
            assert_eq!(world.shown("nta"), "contoso.internal");
            assert_eq!(world.shown("llmnr"), "no");
            world.tunnel.take().unwrap().close();
        },
    );
}

#[test]
fn servers_without_suffixes_are_asked_too() {
    with_resolved(async |mut world| {
        world.connect(&[], false).await;
        let hidden = world.query(&format!("db1.{HIDDEN}"));
        assert!(hidden.contains(&INSIDE.to_string()), "{hidden}");
        // The first answer counts, whether or not the other server has been heard yet.
        let mut outside = Vec::new();
        for _ in 0..100 {
            outside.extend(world.outside.asked());
            if !outside.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(world.inside.asked(), outside, "asked at both");
        world.query("www.example.com");
        world.taken_back().await;
    });
}

#[test]
fn a_crash_leaves_backstops_alone_because_the_link_is_gone() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], false).await;
        world.tunnel.take().unwrap().close();
        assert!(world.package.ask(&["dns", "spoke0"]).is_err());
        assert!(!world.package.resolvectl(&["status"]).contains("contoso"));
        assert!(
            world
                .query("db1.contoso.internal")
                .contains(&OUTSIDE.to_string())
        );
        assert_eq!(world.outside.asked(), ["db1.contoso.internal"]);
        for change in diff(&world.applied, &Wanted::nothing()) {
            let outcome = world.host.apply(&change).await.unwrap();
            let expected = match &change {
                Change::RemoveRoute { route } if route.is_backstop() => Outcome::Done,
                _ => Outcome::AlreadySo,
            };
            assert_eq!(outcome, expected, "{change}");
        }
    });
}

#[test]
fn a_refusal_names_the_change() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], false).await;
        let Some(Change::SetResolved { from, to, .. }) =
            diff(&Wanted::nothing(), &world.applied).pop()
        else {
            unreachable!("the last change is DNS");
        };
        let loopback = Change::SetResolved {
            interface: "lo".to_owned(),
            from,
            to,
        };
        let error = world.host.apply(&loopback).await.unwrap_err().to_string();
        let start = "set DNS of lo to 10.20.0.4 for contoso.internal: systemd-resolved: ";
        assert!(error.starts_with(start), "{error}");
    });
}

#[test]
fn what_another_program_takes_from_the_link_is_heard_and_set_again() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], true).await;
        world.settled().await;
        for taken in [
            &["revert", "spoke0"][..],
            &["dns", "spoke0", "192.168.1.53"],
            &["domain", "spoke0", "contoso.internal"],
            &["domain", "spoke0", ""],
        ] {
            let mut watch = Watch::open().unwrap();
            world.package.resolvectl(taken);
            let heard = tokio::time::timeout(Duration::from_secs(5), watch.next());
            assert_eq!(heard.await.unwrap(), Some(HostEvent::Service), "{taken:?}");

            let (standing, lost) = world.applied.standing(&world.host.view().await.unwrap());
            assert_eq!(lost, [Lost::LinkDns("spoke0".to_owned())], "{taken:?}");
            for change in diff(&standing, &world.applied) {
                world.host.apply(&change).await.unwrap();
            }
            assert_eq!(world.shown("dns"), "10.20.0.4");
            assert_eq!(world.shown("domain"), "contoso.internal ~.");
            world.settled().await;
        }
        world.taken_back().await;
    });
}

#[test]
fn what_is_set_outlives_the_service() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], false).await;
        world.package.restart();
        world.settled().await;
        assert_eq!(world.shown("dns"), "10.20.0.4");
        let inside = INSIDE.to_string();
        assert!(world.query("db1.contoso.internal").contains(&inside));
        world.taken_back().await;
    });
}

#[test]
fn a_service_that_hangs_is_not_waited_for_and_has_lost_nothing() {
    with_resolved(async |mut world| {
        world.connect(&["contoso.internal"], false).await;
        run("pkill --signal STOP --exact systemd-resolve");
        let looking = tokio::time::timeout(Duration::from_secs(5), world.settled());
        looking.await.unwrap();
        run("pkill --signal CONT --exact systemd-resolve");
        world.taken_back().await;
    });
}

struct World {
    host: Host,
    package: Package,
    outside: NameServer,
    inside: NameServer,
    tunnel: Option<Tunnel>,
    applied: Wanted,
    before: String,
}

impl World {
    async fn connect(&mut self, suffixes: &[&str], full_tunnel: bool) {
        let view = self.host.view().await.unwrap();
        let wanted = plan(&Situation {
            view: &view,
            policy: &Policy {
                dns_servers: vec!["10.20.0.4".parse().unwrap()],
                dns_suffixes: suffixes.iter().map(|&one| one.to_owned()).collect(),
                full_tunnel,
                ..Policy::default()
            },
            pushed: &Pushed {
                addresses: vec!["172.16.201.7/24".parse().unwrap()],
                routes: vec!["10.20.0.0/16".parse().unwrap()],
                ..Pushed::default()
            },
            interface: "spoke0",
            gateway: None,
            applied: &Wanted::nothing(),
        })
        .wanted;
        for change in diff(&Wanted::nothing(), &wanted) {
            assert_eq!(
                self.host.apply(&change).await.unwrap(),
                Outcome::Done,
                "{change}"
            );
        }
        self.applied = wanted;
    }

    /// All that was set stands.
    async fn settled(&self) {
        let view = self.host.view().await.unwrap();
        assert_eq!(self.applied.standing(&view), (self.applied.clone(), vec![]));
    }

    /// What `resolvectl` shows of the tunnel device.
    fn shown(&self, what: &str) -> String {
        let line = self.package.resolvectl(&[what, "spoke0"]);
        line.split_once("): ").unwrap().1.to_owned()
    }

    fn query(&self, name: &str) -> String {
        self.package
            .resolvectl(&["query", "-4", "--cache=no", name])
    }

    /// Takes back DNS alone, while the device still stands.
    async fn taken_back(&mut self) {
        let changes = diff(&self.applied, &Wanted::nothing());
        let first = changes.first().unwrap();
        assert_eq!(first.to_string(), "take back DNS of spoke0");
        assert_eq!(self.host.apply(first).await.unwrap(), Outcome::Done);
        assert_eq!(self.shown_or_nothing("dns"), "");
        assert_eq!(self.shown_or_nothing("domain"), "");
        let _ = (self.inside.asked(), self.outside.asked());
        assert!(
            self.query("db9.contoso.internal")
                .contains(&OUTSIDE.to_string())
        );
        assert_eq!(self.inside.asked(), [""; 0]);
        for change in &changes {
            self.host.apply(change).await.unwrap();
        }
        self.tunnel.take().unwrap().close();
        assert_eq!(file_picture("/etc/resolv.conf"), self.before);
    }

    fn shown_or_nothing(&self, what: &str) -> String {
        let line = self.package.resolvectl(&[what, "spoke0"]);
        line.split_once("):").unwrap().1.trim().to_owned()
    }
}

fn with_resolved(body: impl AsyncFnOnce(World)) {
    with_settings("DNSSEC=no\nLLMNR=no\n", body);
}

fn with_settings(settings: &str, body: impl AsyncFnOnce(World)) {
    let Some(package) = spoke_needs::found(Package::fetch()) else {
        return;
    };
    in_namespaces(async || {
        let outside = NameServer::outside();
        package.start(settings);
        let (inside, tunnel) = NameServer::inside(TunDevice::open_bare("spoke0").unwrap());
        body(World {
            host: Host::open().unwrap(),
            package,
            outside,
            inside,
            tunnel: Some(tunnel),
            applied: Wanted::nothing(),
            before: file_picture("/etc/resolv.conf"),
        })
        .await;
    });
}
