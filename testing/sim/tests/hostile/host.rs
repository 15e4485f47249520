//! Configurations that are well formed and would turn the host's network against its user: what the plan makes of them.

use crate::fault::Fault;
use spoke_engine::Side;
use spoke_plan::{
    HostView, KnownRoute, Link, Linux, MAX_ROUTES, Planned, Platform, Policy, Pushed, Route,
    Situation, Via, Wanted, plan,
};
use spoke_sim::puppet::Point;
use spoke_wire::{PushReply, PushText};
use std::net::{IpAddr, Ipv4Addr};

/// The gateway, far away behind the host's router.
const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

fn host() -> HostView {
    let route = |prefix: &str, gateway: Option<&str>| KnownRoute {
        prefix: prefix.parse().expect("a prefix"),
        interface: Some("eth0".to_owned()),
        gateway: gateway.map(|gateway| gateway.parse().expect("an address")),
        onlink: false,
        metric: 100,
        ours: false,
        announced: false,
    };
    HostView {
        platform: Platform::Linux(Linux {
            ipv6: true,
            ..Linux::default()
        }),
        boot_id: "boot".to_owned(),
        links: vec![Link {
            name: "eth0".to_owned(),
            index: 2,
            up: true,
            mtu: 1500,
            addresses: vec!["192.168.1.5/24".parse().expect("an address")],
        }],
        routes: vec![
            route("0.0.0.0/0", Some("192.168.1.1")),
            route("192.168.1.0/24", None),
        ],
    }
}

fn planned(options: &str) -> Planned {
    let base = "topology subnet,ifconfig 10.88.0.2 255.255.255.0,";
    let text = PushText::new(format!("{base}{options}"));
    let reply = PushReply::parse(&text).expect("well formed");
    let view = host();
    plan(&Situation {
        view: &view,
        policy: &Policy::default(),
        pushed: &Pushed::from(&reply),
        interface: "tun0",
        gateway: Some(GATEWAY),
        applied: &Wanted::default(),
    })
}

/// Which way the longest route that the plan adds leads a packet to `address`, or the host's own.
fn way(planned: &Planned, address: IpAddr) -> &'static str {
    let best = planned
        .wanted
        .routes
        .iter()
        .filter(|route| !route.is_backstop() && route.prefix.contains(&address))
        .max_by_key(|route| route.prefix.prefix_len());
    match best.map(|route| &route.via) {
        None | Some(Via::Physical { .. }) => "past the tunnel",
        Some(Via::Tunnel { .. }) => "into the tunnel",
        Some(Via::Nowhere | Via::Backstop) => "nowhere",
    }
}

fn to_gateway(options: &'static str) -> Fault {
    Fault::plain(
        format!("`{options}`: the way to the gateway itself"),
        Side::Client,
        Point::Keys,
        "past the tunnel",
        move || way(&planned(options), GATEWAY).to_owned(),
    )
}

fn left_out(options: &'static str) -> Fault {
    Fault::plain(
        format!("`{options}`"),
        Side::Client,
        Point::Keys,
        "left out, and said so",
        move || {
            let (with, without) = (planned(options), planned(""));
            match with.wanted.routes == without.wanted.routes
                && with.notices.len() > without.notices.len()
            {
                true => "left out, and said so".to_owned(),
                false => format!("{:?}", with.wanted.routes),
            }
        },
    )
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        "route 203.0.113.9 255.255.255.255",
        "route 203.0.113.8 255.255.255.254",
        "route 203.0.113.0 255.255.255.0",
        "route 203.0.0.0 255.0.0.0",
        "redirect-gateway def1",
        "redirect-gateway",
        "redirect-gateway def1 local",
        "redirect-gateway local block-local",
        "route 0.0.0.0 0.0.0.0",
        "route 0.0.0.0 128.0.0.0,route 128.0.0.0 128.0.0.0",
        "route 203.0.113.9 255.255.255.255 10.88.0.1 1",
        "route 203.0.113.9 255.255.255.255 vpn_gateway 0,redirect-gateway def1",
    ]
    .map(to_gateway)
    .into();
    faults.extend(
        [
            "route 127.0.0.0 255.0.0.0",
            "route 127.0.0.1",
            "route 169.254.169.254",
            "route 224.0.0.0 240.0.0.0",
            "route 255.255.255.255",
            "route-ipv6 ::1/128",
            "route-ipv6 fe80::/10",
            "route-ipv6 ff00::/8",
            "route-ipv6 2001:db8::/32",
        ]
        .map(left_out),
    );
    faults.push(Fault::plain(
        "20,000 routes",
        Side::Client,
        Point::Keys,
        "1000 are taken, and it is said so",
        || {
            let options: Vec<String> = (0..20_000)
                .map(|n: u32| {
                    let [_, _, high, low] = n.to_be_bytes();
                    format!("route 10.{high}.{low}.0 255.255.255.0")
                })
                .collect();
            let planned = planned(&options.join(","));
            let inside = planned
                .wanted
                .routes
                .iter()
                .filter(|route| is_inside(route));
            let (inside, said) = (inside.count(), !planned.notices.is_empty());
            assert!(inside <= MAX_ROUTES && said);
            format!("{inside} are taken, and it is said so")
        },
    ));
    for address in ["127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"] {
        faults.push(Fault::plain(
            format!("the address {address} for the tunnel"),
            Side::Client,
            Point::Keys,
            "the device gets no such address",
            move || {
                let planned = planned(&format!("ifconfig {address} 255.255.255.0"));
                let addresses = planned
                    .wanted
                    .interface
                    .map(|interface| interface.addresses);
                match addresses.is_some_and(|all| all.is_empty()) {
                    true => "the device gets no such address".to_owned(),
                    false => "it does".to_owned(),
                }
            },
        ));
    }
    for mtu in [100, 575] {
        faults.push(Fault::plain(
            format!("an MTU of {mtu}"),
            Side::Client,
            Point::Keys,
            "576 is used",
            move || {
                let planned = planned(&format!("tun-mtu {mtu}"));
                let mtu = planned
                    .wanted
                    .interface
                    .map_or(0, |interface| interface.mtu);
                format!("{mtu} is used")
            },
        ));
    }
    faults
}

fn is_inside(route: &Route) -> bool {
    matches!(route.via, Via::Tunnel { .. })
}
