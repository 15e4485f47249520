//! The way to the gateway: a proxy, UDP, kinds of addresses, patience.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use spoke_api::{ConnectOptions, ProblemCode, Remedy, Request};
use spoke_profile::{AddressFamily, Profile, Proxy, ProxyKind};
use spoke_supervisor::{Ending, TunnelEvent};
use std::time::Duration;
use world::{ANA, CLI, World};

fn connect(change: impl FnOnce(&mut Profile)) -> World {
    let mut world = World::default();
    let mut profile = world::profile("hub", &["one"]);
    change(&mut profile);
    let request = Request::Connect {
        profile: Box::new(profile),
        options: ConnectOptions {
            interactive: true,
            anew: false,
            lockdown: false,
        },
        private_key: None,
        proxy_password: None,
        secondary: None,
    };
    world.ask(CLI, ANA, request);
    world
}

fn through_proxy() -> World {
    connect(|profile| {
        profile.proxy = Some(Proxy {
            kind: ProxyKind::Http,
            host: "proxy.example".to_owned(),
            port: 3128,
            username: Some("ana".to_owned()),
            headers: Vec::new(),
        });
    })
}

#[test]
fn the_gateways_name_is_left_to_the_proxy() {
    let mut world = through_proxy();
    assert_eq!(world.resolved_hosts, ["proxy.example"]);
    world.resolve(Err("no such host"));
    let problem = world.problem().unwrap();
    assert!(problem.summary.contains("proxy.example"), "{problem:?}");
}

#[test]
fn a_proxy_that_wants_a_password_is_the_users_matter() {
    let mut world = through_proxy();
    world.resolve(Ok(()));
    world.tunnel(TunnelEvent::Ended(Ending::Proxy {
        why: "the proxy asks for a user name and password".to_owned(),
        credentials: true,
    }));
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::ProxyRefused);
    assert_eq!(problem.remedy, Remedy::AskUser);
    assert!(
        problem.summary.contains("http://ana@proxy.example:3128"),
        "{problem:?}"
    );
}

/// Nobody is asked for a password that goes with no name.
#[test]
fn a_proxy_that_wants_a_name_is_told_to_be_given_one() {
    for (kind, address) in [
        (ProxyKind::Http, "http://USER@proxy.example:3128"),
        (ProxyKind::Socks5, "socks5://USER@proxy.example:3128"),
    ] {
        let mut world = connect(|profile| {
            profile.proxy = Some(Proxy {
                kind,
                host: "proxy.example".to_owned(),
                port: 3128,
                username: None,
                headers: Vec::new(),
            });
        });
        world.resolve(Ok(()));
        world.tunnel(TunnelEvent::Ended(Ending::Proxy {
            why: "the proxy asks for a user name and password".to_owned(),
            credentials: true,
        }));
        let problem = world.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::ProxyRefused);
        let wanted = format!("spoke profile set hub proxy={address} ");
        assert!(problem.hint.starts_with(&wanted), "{problem:?}");
    }
}

#[test]
fn the_address_that_answers_over_udp_is_the_gateways() {
    let mut world = connect(|_| ());
    world.resolve(Ok(()));
    let addresses = [1, 2].map(|last| ([192, 0, 2, last], 443).into());
    for address in addresses {
        world.tunnel(TunnelEvent::Connected(address));
    }
    world.tunnel(TunnelEvent::PeerAnswered);
    let state = world.supervisor.state();
    let gateway = state.connection.as_ref().and_then(|c| c.gateway.as_ref());
    assert_eq!(gateway.unwrap().address, Some(addresses[1]));
}

#[test]
fn a_gateway_is_reached_by_the_wanted_kind_of_address_only() {
    let mut world = connect(|profile| profile.servers[0].family = Some(AddressFamily::V6));
    world.resolve(Ok(()));
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::GatewayNotFound);
}

#[test]
fn patience_is_the_profiles() {
    let mut world = connect(|profile| profile.protocol.timers.connect_timeout = Some(3));
    world.resolve(Ok(()));
    world.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into()));
    world.pass(Duration::from_millis(2900));
    assert!(world.problem().is_none());
    world.pass(Duration::from_millis(200));
    let problem = world.problem().unwrap();
    assert!(problem.summary.contains("3 s"), "{problem:?}");
}
