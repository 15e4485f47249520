//! What holds for every plan, on a host in memory.

mod support;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use spoke_plan::{
    FileState, Journal, KnownRoute, Lifetime, Lockdown, Policy, Pushed, Situation, Via, Wanted,
    diff, plan, recover,
};
use std::net::IpAddr;
use support::{Model, file, ip, known, net, stub_symlink};

const DEVICE: &str = "spoke0";

/// What one connection, or one change of it, asks for.
#[derive(Clone, Debug)]
struct Ask {
    policy: Policy,
    pushed: Pushed,
    gateway: Option<IpAddr>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_change_and_its_undo_leave_nothing(start in host(), asks in asks()) {
        let mut world = World::connected_to(start);
        for ask in &asks {
            let (wanted, changes) = world.plan(ask);
            for change in &changes {
                let before = world.model.clone();
                world.model.apply(change);
                let mut back = world.model.clone();
                back.apply(&change.undo());
                prop_assert_eq!(&back, &before, "{}", change);
            }
            world.applied = wanted;
        }
    }

    #[test]
    fn the_changes_lead_to_what_was_wanted_and_then_there_are_none(
        start in host(), asks in asks()
    ) {
        let mut world = World::connected_to(start);
        for ask in &asks {
            let (wanted, changes) = world.plan(ask);
            for change in &changes {
                world.model.apply(change);
                world.applied.note(change, &wanted);
            }
            prop_assert_eq!(&world.applied, &wanted);
            prop_assert_eq!(diff(&wanted, &wanted), vec![]);
            let (again, none) = world.plan(ask);
            prop_assert_eq!(again, wanted);
            prop_assert_eq!(none, vec![]);
        }
    }

    #[test]
    fn going_back_to_nothing_gives_the_start(start in host(), asks in asks()) {
        let mut world = World::connected_to(start.clone());
        for ask in &asks {
            world.go(ask);
        }
        for change in diff(&world.applied, &Wanted::nothing()) {
            world.model.apply(&change);
        }
        world.model.close_device(DEVICE);
        prop_assert_eq!(world.model, start);
    }

    #[test]
    fn closing_the_device_first_gives_the_start_too(start in host(), asks in asks()) {
        let mut world = World::connected_to(start.clone());
        for ask in &asks {
            world.go(ask);
        }
        world.model.close_device(DEVICE);
        for change in diff(&world.applied.device_closed(), &Wanted::nothing()) {
            prop_assert!(change.lifetime() > Lifetime::Device, "{} died with it", change);
            world.model.apply(&change);
        }
        prop_assert_eq!(world.model, start);
    }

    #[test]
    fn a_crash_at_any_point_is_recovered(
        start in host(), asks in asks(), crash in 0..60_usize, before_apply: bool
    ) {
        let mut world = World::connected_to(start.clone());
        let mut journal = Journal::new("boot".to_owned());
        let mut left = crash;
        'life: for ask in &asks {
            let (wanted, changes) = world.plan(ask);
            let _ = journal.record_routes(&changes);
            for change in &changes {
                let recorded = journal.record(change);
                prop_assert!(!recorded || change.needs_journal());
                if left == 0 && before_apply {
                    break 'life;
                }
                world.model.apply(change);
                if left == 0 {
                    break 'life;
                }
                left -= 1;
                let _ = journal.confirm(change);
            }
            world.applied = wanted;
        }
        world.model.end_process(DEVICE);
        let journal: Journal =
            serde_json::from_str(&serde_json::to_string(&journal).unwrap()).unwrap();
        for change in recover(&journal, &world.model.view()) {
            world.model.apply(&change);
        }
        prop_assert_eq!(world.model, start);
    }

    #[test]
    fn a_device_that_dies_lets_nothing_past_it(start in host(), asks in asks(), to in address()) {
        let mut world = World::connected_to(start.clone());
        for ask in &asks {
            world.go(ask);
        }
        let inside = way(&world.model, to).as_deref() == Some(DEVICE);
        let narrow = world.applied.routes.iter().any(|route| {
            route.is_tunnel() && route.prefix.prefix_len() > 1 && route.prefix.contains(&to)
        });
        let own = start.links.values().flat_map(|link| &link.addresses);
        let local = own.into_iter().any(|net| net.contains(&to));
        world.model.end_process(DEVICE);
        if inside && narrow && !local && !start.macos {
            prop_assert_eq!(way(&world.model, to), None, "{}", to);
        }
    }

    #[test]
    fn a_lockdown_holds_through_every_change_and_crash(
        start in host(), asks in asks(), crash in 0..60_usize
    ) {
        let mut world = World::connected_to(start);
        let mut journal = Journal::new("boot".to_owned());
        let mut left = crash;
        'life: for mut ask in asks {
            ask.policy.lockdown.get_or_insert_default();
            let (wanted, changes) = world.plan(&ask);
            for (done, change) in changes.iter().enumerate() {
                let _ = journal.record(change);
                world.model.apply(change);
                let locked = world.model.lockdown.as_ref();
                let around = locked.and_then(|lockdown| lockdown.interface.as_deref());
                prop_assert_eq!(around, Some(DEVICE), "after change {}: {}", done, change);
                if left == 0 {
                    break 'life;
                }
                left -= 1;
                let _ = journal.confirm(change);
            }
            world.applied = wanted;
        }
        world.model.end_process(DEVICE);
        prop_assert!(world.model.lockdown.is_some() && journal.lockdown().is_some());
        for change in recover(&journal, &world.model.view()) {
            world.model.apply(&change);
        }
        prop_assert_eq!(world.model.lockdown, None);
    }

    #[test]
    fn a_journal_is_empty_after_a_clean_end(start in host(), asks in asks()) {
        let mut world = World::connected_to(start);
        let mut journal = Journal::new("boot".to_owned());
        let mut all = Vec::new();
        for ask in &asks {
            let (wanted, changes) = world.plan(ask);
            changes.iter().for_each(|change| world.model.apply(change));
            all.extend(changes);
            world.applied = wanted;
        }
        all.extend(diff(&world.applied, &Wanted::nothing()));
        for change in &all {
            let _ = journal.record(change);
            let _ = journal.confirm(change);
        }
        prop_assert_eq!(journal.entries, vec![]);
    }

    #[test]
    fn what_another_program_takes_away_is_set_again(
        start in host(), ask in ask(), harms in harms()
    ) {
        let mut world = World::connected_to(start.clone());
        let (wanted, _) = world.plan(&ask);
        world.go(&ask);
        prop_assert_eq!(world.applied.standing(&world.model.view()), (wanted.clone(), vec![]));
        let mut end = start;
        for harm in harms {
            if matches!(harm, Harm::Dns) && !world.model.resolv_conf.is_ours() {
                continue;
            }
            // There is no lockdown on macOS that anybody could take away.
            if matches!(harm, Harm::Filter) && world.model.macos {
                continue;
            }
            do_harm(&mut world.model, harm);
            if let Harm::Dns = harm {
                end.resolv_conf = world.model.resolv_conf.clone();
            }
        }
        let (standing, lost) = world.applied.standing(&world.model.view());
        prop_assert_eq!(standing == world.applied, lost.is_empty());
        world.applied = standing;
        world.go(&ask);
        prop_assert_eq!(&world.applied.routes, &wanted.routes);
        prop_assert_eq!(&world.applied.interface, &wanted.interface);
        prop_assert_eq!(&world.model.lockdown, &wanted.lockdown);
        let (standing, lost) = world.applied.standing(&world.model.view());
        prop_assert_eq!((standing, lost), (world.applied.clone(), vec![]));
        for change in diff(&world.applied, &Wanted::nothing()) {
            world.model.apply(&change);
        }
        world.model.close_device(DEVICE);
        prop_assert_eq!(world.model, end);
    }

    #[test]
    fn packets_go_where_they_should(start in host(), asks in asks(), to in address()) {
        let mut world = World::connected_to(start.clone());
        for ask in &asks {
            world.go(ask);
            if let Some(gateway) = ask.gateway {
                prop_assert_eq!(way(&world.model, gateway), way(&start, gateway), "the gateway");
            }
            let within = |list: &[IpNet]| list.iter().any(|prefix| prefix.contains(&to));
            let out = within(&ask.policy.exclude) || within(&ask.pushed.bypass);
            if out {
                prop_assert_eq!(way(&world.model, to), way(&start, to), "excluded");
            } else if within(&ask.policy.include)
                && ask.gateway != Some(to)
                && to.is_ipv4()
                && ask.pushed.addresses.iter().any(|own| own.addr().is_ipv4())
                && !start.foreign.iter().any(|own| !own.announced && own.prefix.prefix_len() > 0 && own.prefix.contains(&to))
            {
                prop_assert_eq!(way(&world.model, to), Some(DEVICE.to_owned()), "included");
            }
        }
    }
}

struct World {
    model: Model,
    applied: Wanted,
}

impl World {
    fn connected_to(mut model: Model) -> Self {
        model.open_device(DEVICE);
        Self {
            model,
            applied: Wanted::nothing(),
        }
    }

    fn plan(&self, ask: &Ask) -> (Wanted, Vec<spoke_plan::Change>) {
        let view = self.model.view();
        let wanted = plan(&Situation {
            view: &view,
            policy: &ask.policy,
            pushed: &ask.pushed,
            interface: DEVICE,
            gateway: ask.gateway,
            applied: &self.applied,
        })
        .wanted;
        let changes = diff(&self.applied, &wanted);
        (wanted, changes)
    }

    fn go(&mut self, ask: &Ask) {
        let (wanted, changes) = self.plan(ask);
        for change in &changes {
            self.model.apply(change);
        }
        self.applied = wanted;
    }
}

/// Where the kernel would send a packet: longest prefix, then lowest metric.
fn way(model: &Model, to: IpAddr) -> Option<String> {
    model
        .view()
        .routes
        .into_iter()
        .filter(|route| route.prefix.contains(&to))
        .max_by_key(|route| (route.prefix.prefix_len(), std::cmp::Reverse(route.metric)))
        .and_then(|route| route.interface)
}

fn host() -> impl Strategy<Value = Model> {
    let dns = prop_oneof![
        Just((true, stub_symlink())),
        Just((true, file("nameserver 192.168.1.1\n"))),
        Just((
            false,
            file("nameserver 192.168.1.1\nsearch lan\noptions edns0\n")
        )),
        Just((false, FileState::Missing)),
        Just((false, stub_symlink())),
    ];
    let linux = (dns, announced()).prop_map(|((resolved, file), announced)| {
        let mut model = Model::new(resolved, file);
        model.foreign.extend(announced);
        model
    });
    prop_oneof![5 => linux, 3 => Just(Model::macos())]
}

/// What the network's own DHCP server tells of, as a hostile one may.
fn announced() -> impl Strategy<Value = Vec<KnownRoute>> {
    let pool = [
        ("10.1.0.0/17", Some("192.168.1.66")),
        ("10.1.2.0/24", None),
        ("10.1.2.3/32", Some("192.168.1.66")),
        ("192.168.1.1/32", None),
        ("8.0.0.0/8", Some("192.168.1.66")),
        ("203.0.113.5/32", Some("192.168.1.66")),
    ];
    (subsequence(pool.to_vec(), 0..4), select(vec![0, 100, 1024])).prop_map(|(some, metric)| {
        some.into_iter()
            .map(|(prefix, router)| KnownRoute {
                announced: true,
                // A metric of 0 leaves nothing that could win over one address.
                metric: if prefix.ends_with("/32") { 100 } else { metric },
                ..known(prefix, router, "eth0")
            })
            .collect()
    })
}

/// What another program does to what was set.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// Takes the route with this number away.
    Route(usize),
    /// Sets the device down.
    Down,
    /// Takes the device's addresses away.
    Addresses,
    /// Writes DNS of its own.
    Dns,
    /// Takes back systemd-resolved's settings of the device.
    LinkDns,
    /// Removes all tables of the packet filter.
    Filter,
}

fn harms() -> impl Strategy<Value = Vec<Harm>> {
    let harm = prop_oneof![
        4 => (0..50_usize).prop_map(Harm::Route),
        1 => Just(Harm::Down),
        1 => Just(Harm::Addresses),
        2 => Just(Harm::Dns),
        1 => Just(Harm::LinkDns),
        1 => Just(Harm::Filter),
    ];
    prop::collection::vec(harm, 0..5)
}

/// As the kernel does: the routes of a device go with its last address, or when it goes down.
fn do_harm(model: &mut Model, harm: Harm) {
    let tunnel = |via: &Via| matches!(via, Via::Tunnel { .. });
    match harm {
        Harm::Route(number) => {
            let count = model.routes.len().max(1);
            if let Some(prefix) = model.routes.keys().nth(number % count).copied() {
                model.routes.remove(&prefix);
            }
        }
        Harm::Down | Harm::Addresses => {
            model.routes.retain(|_, via| !tunnel(via));
            if let Some(device) = model.links.get_mut(DEVICE) {
                match harm {
                    Harm::Down => device.up = false,
                    _ => device.addresses.clear(),
                }
            }
        }
        Harm::Filter => model.lockdown = None,
        Harm::LinkDns => {
            if let Some(links) = &mut model.resolved {
                links.remove(DEVICE);
            }
        }
        Harm::Dns => model.resolv_conf = file("nameserver 192.168.1.9\n"),
    }
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    prop::collection::vec(ask(), 1..4)
}

fn ask() -> impl Strategy<Value = Ask> {
    let addresses = [
        "172.16.201.7/24",
        "172.16.201.9/24",
        "10.88.0.2/32",
        "fd00:1::2/64",
    ];
    (
        (prefixes(), prefixes(), prefixes(), prefixes()),
        subsequence(addresses.to_vec(), 1..3),
        (servers(), servers(), suffixes(), suffixes()),
        (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        (select(vec![None, Some(1400), Some(200)]), lockdown()),
        select(vec![
            None,
            Some("203.0.113.5"),
            Some("192.168.1.77"),
            Some("10.9.1.1"),
            Some("10.1.2.3"),
        ]),
    )
        .prop_map(
            |(
                (include, exclude, routes, bypass),
                addresses,
                (own, given, names, more),
                (full_tunnel, redirect_ipv4, redirect_ipv6, block_ipv6),
                (mtu, lockdown),
                gateway,
            )| Ask {
                policy: Policy {
                    include,
                    exclude,
                    dns_servers: own,
                    dns_suffixes: names,
                    full_tunnel: full_tunnel && redirect_ipv4,
                    mtu,
                    lockdown,
                },
                pushed: Pushed {
                    addresses: addresses.iter().map(|one| net(one)).collect(),
                    routes,
                    bypass,
                    dns_servers: given,
                    dns_suffixes: more,
                    redirect_ipv4: redirect_ipv4 && full_tunnel,
                    redirect_ipv6,
                    block_ipv6,
                    block_local: block_ipv6 && full_tunnel,
                    mtu: None,
                },
                gateway: gateway.map(ip),
            },
        )
}

fn lockdown() -> impl Strategy<Value = Option<Lockdown>> {
    prop::option::of((any::<bool>(), prop::option::of(1000..1002_u32))).prop_map(|some| {
        some.map(|(names, sign_in)| Lockdown {
            gateways: [ip("203.0.113.5")].into(),
            names,
            sign_in,
            interface: None,
        })
    })
}

fn prefixes() -> impl Strategy<Value = Vec<IpNet>> {
    let pool = [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.1.2.0/24",
        "10.1.2.3/32",
        "10.9.0.0/16",
        "10.9.1.0/24",
        "192.168.0.0/16",
        "192.168.1.0/24",
        "203.0.113.0/24",
        "203.0.113.5/32",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fd00:1::/48",
        "fd00:1:0:5::/64",
        "::/0",
    ];
    subsequence(pool.to_vec(), 0..4).prop_map(|some| some.iter().map(|one| net(one)).collect())
}

fn servers() -> impl Strategy<Value = Vec<IpAddr>> {
    subsequence(vec!["10.1.0.4", "10.20.0.4", "127.0.0.1"], 0..3)
        .prop_map(|some| some.iter().map(|one| ip(one)).collect())
}

fn suffixes() -> impl Strategy<Value = Vec<String>> {
    subsequence(vec!["contoso.internal", ".Corp.Example", "bad name"], 0..3)
        .prop_map(|some| some.iter().map(|&one| one.to_owned()).collect())
}

fn address() -> impl Strategy<Value = IpAddr> {
    select(vec![
        "10.1.2.3",
        "10.1.9.9",
        "10.9.1.7",
        "192.168.1.20",
        "192.168.9.9",
        "203.0.113.5",
        "203.0.113.9",
        "8.8.8.8",
        "fd00:1:0:5::9",
    ])
    .prop_map(ip)
}
