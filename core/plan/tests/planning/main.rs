//! One situation each, and what it calls for.
#![expect(clippy::unwrap_used, reason = "a test may")]

mod announced;
mod macos;
mod standing;
#[path = "../support/mod.rs"]
mod support;

use spoke_plan::{
    Change, DnsManager, DnsMode, DnsSetup, Journal, Mechanism, Notice, Planned, Policy, Pushed,
    RoutingDomain, Situation, Via, Wanted, diff, interface_name, may_wait, plan, recover,
};
use support::{Model, file, ip, known, link, net, stub_symlink};

#[test]
fn the_default_route_is_two_halves_and_the_gateway_stays_outside() {
    let planned = Case::new().redirected().plan();
    assert_eq!(
        tunnelled(&planned),
        ["0.0.0.0/1", "128.0.0.0/1", "172.16.201.0/24"]
    );
    assert_eq!(
        bypassed(&planned),
        ["203.0.113.5/32 via 192.168.1.1 on eth0"]
    );
}

#[test]
fn a_gateway_that_no_route_covers_needs_no_route() {
    let planned = Case::new().routes(&["10.20.0.0/16"]).plan();
    assert_eq!(bypassed(&planned), [""; 0]);
}

#[test]
fn a_gateway_on_the_link_is_reached_on_the_link() {
    let mut case = Case::new().redirected();
    case.gateway = "192.168.1.77";
    assert_eq!(bypassed(&case.plan()), ["192.168.1.77/32 via eth0"]);
}

#[test]
fn a_router_that_no_subnet_covers_stays_directly_reached() {
    let mut case = Case::new().redirected();
    for route in &mut case.model.foreign {
        route.onlink = route.gateway.is_some();
    }
    let planned = case.plan();
    let onlink = planned.wanted.routes.iter().any(|route| {
        matches!(
            &route.via,
            Via::Physical {
                onlink: true,
                gateway: Some(_),
                ..
            }
        )
    });
    assert!(onlink, "{:?}", planned.wanted.routes);
}

#[test]
fn the_lower_metric_tells_the_way_between_equal_routes() {
    let mut case = Case::new().redirected();
    let mut wlan = known("0.0.0.0/0", Some("192.168.7.1"), "wlan0");
    wlan.metric = 600;
    case.model.foreign.insert(0, wlan);
    assert_eq!(
        bypassed(&case.plan()),
        ["203.0.113.5/32 via 192.168.1.1 on eth0"]
    );
}

#[test]
fn an_exclude_wins_over_include_and_pushed_routes() {
    let mut case = Case::new().routes(&["10.0.0.0/8", "10.1.2.0/24"]);
    case.policy.include = vec![net("10.1.3.0/24")];
    case.policy.exclude = vec![net("10.1.0.0/16")];
    let planned = case.plan();
    assert_eq!(tunnelled(&planned), ["10.0.0.0/8", "172.16.201.0/24"]);
    assert_eq!(bypassed(&planned), ["10.1.0.0/16 via 192.168.1.1 on eth0"]);
}

#[test]
fn an_excluded_prefix_without_another_way_leads_nowhere() {
    let mut case = Case::new().routes(&["fd00::/16"]);
    case.pushed.addresses.push(net("fd00:1::2/64"));
    case.policy.exclude = vec![net("fd00:5::/48")];
    let planned = case.plan();
    assert_eq!(bypassed(&planned), ["fd00:5::/48 to nowhere"]);
    assert!(
        planned
            .notices
            .contains(&Notice::NoWayTo(net("fd00:5::/48")))
    );
}

#[test]
fn absurd_routes_are_left_out_and_named() {
    for absurd in [
        "0.0.0.0/32",
        "127.0.0.0/8",
        "127.1.2.3/32",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::1/128",
        "::/128",
        "fe80::/10",
        "ff00::/8",
    ] {
        let planned = Case::new().routes(&[absurd]).plan();
        assert_eq!(
            planned.notices,
            [Notice::AbsurdRoute(net(absurd))],
            "{absurd}"
        );
        assert_eq!(tunnelled(&planned), ["172.16.201.0/24"], "{absurd}");
    }
}

#[test]
fn the_gateways_own_address_never_goes_into_the_tunnel() {
    let planned = Case::new().routes(&["203.0.113.5/32"]).plan();
    assert_eq!(
        planned.notices,
        [Notice::RouteToGateway(net("203.0.113.5/32"))]
    );
}

#[test]
fn a_family_without_an_address_has_no_routes() {
    let planned = Case::new().routes(&["fd00::/48"]).plan();
    assert_eq!(planned.notices, [Notice::NoAddressFor(net("fd00::/48"))]);
}

#[test]
fn a_host_without_ipv6_gets_none() {
    let mut case = Case::new().redirected();
    case.model.ipv6 = false;
    case.pushed.addresses.push(net("fd00::2/64"));
    case.pushed.redirect_ipv6 = true;
    case.pushed.block_ipv6 = true;
    let planned = case.plan();
    assert_eq!(planned.notices, [Notice::Ipv6Off(net("fd00::2/64"))]);
    assert!(
        planned
            .wanted
            .routes
            .iter()
            .all(|route| route.prefix.addr().is_ipv4())
    );
}

#[test]
fn a_thousand_routes_are_enough() {
    let mut case = Case::new();
    case.pushed.routes = (0..1500_u32)
        .map(|n| net(&format!("10.{}.{}.0/24", n >> 8, n & 255)))
        .collect();
    case.policy.include = vec![net("192.0.2.0/24")];
    let planned = case.plan();
    assert_eq!(tunnelled(&planned).len(), 1000);
    assert!(
        tunnelled(&planned).contains(&"192.0.2.0/24".to_owned()),
        "the user's own comes first"
    );
    assert_eq!(planned.notices, [Notice::TooManyRoutes { left_out: 502 }]);
}

#[test]
fn a_prefix_that_is_on_a_link_too_is_told() {
    let planned = Case::new().routes(&["192.168.0.0/16"]).plan();
    let told = Notice::Overlap {
        prefix: net("192.168.0.0/16"),
        local: net("192.168.1.0/24"),
        interface: "eth0".to_owned(),
    };
    assert_eq!(planned.notices, [told]);
}

#[test]
fn ipv6_beside_a_full_ipv4_tunnel_is_told_or_refused() {
    let mut case = Case::new().redirected();
    case.model
        .foreign
        .push(known("::/0", Some("fe80::1"), "eth0"));
    assert_eq!(case.plan().notices, [Notice::Ipv6Outside]);

    case.pushed.block_ipv6 = true;
    let planned = case.plan();
    assert_eq!(planned.notices, []);
    assert!(bypassed(&planned).contains(&"8000::/1 to nowhere".to_owned()));
}

#[test]
fn blocked_ipv6_goes_neither_into_the_tunnel_nor_past_it() {
    let mut case = Case::new().redirected().routes(&["fd00:9::/48"]);
    case.pushed.redirect_ipv6 = true;
    case.pushed.block_ipv6 = true;
    case.pushed.addresses.push(net("fd00::2/64"));
    let planned = case.plan();
    assert!(
        tunnelled(&planned)
            .iter()
            .all(|prefix| !prefix.contains("::"))
    );
    let nowhere: Vec<String> = bypassed(&planned)
        .into_iter()
        .filter(|route| route.ends_with("to nowhere"))
        .collect();
    assert_eq!(
        nowhere,
        [
            "::/1 to nowhere",
            "8000::/1 to nowhere",
            "fd00::/64 to nowhere",
            "fd00:9::/48 to nowhere"
        ]
    );
}

#[test]
fn a_gateway_over_ipv6_stays_outside_of_a_tunnel_that_takes_all() {
    let mut case = Case::new().redirected();
    case.gateway = "2001:db8:5::1";
    case.pushed.redirect_ipv6 = true;
    case.pushed.addresses.push(net("fd00::2/64"));
    case.model
        .foreign
        .push(known("::/0", Some("fe80::1"), "eth0"));
    let planned = case.plan();
    assert_eq!(
        tunnelled(&planned),
        [
            "0.0.0.0/1",
            "128.0.0.0/1",
            "172.16.201.0/24",
            "::/1",
            "8000::/1",
            "fd00::/64"
        ]
    );
    assert_eq!(
        bypassed(&planned),
        ["2001:db8:5::1/128 via fe80::1 on eth0"]
    );
}

#[test]
fn a_blocked_local_network_goes_into_the_tunnel_but_for_its_router() {
    let mut case = Case::new().redirected();
    case.pushed.block_local = true;
    let planned = case.plan();
    assert_eq!(
        tunnelled(&planned),
        [
            "0.0.0.0/1",
            "128.0.0.0/1",
            "172.16.201.0/24",
            "192.168.1.0/25",
            "192.168.1.128/25"
        ]
    );
    assert_eq!(
        bypassed(&planned),
        [
            "192.168.1.1/32 via eth0",
            "203.0.113.5/32 via 192.168.1.1 on eth0"
        ]
    );
    assert_eq!(planned.notices, []);
}

#[test]
fn an_mtu_is_the_profiles_then_the_gateways_and_never_too_small() {
    let mut case = Case::new();
    let mtu = |case: &Case| case.plan().wanted.interface.unwrap().mtu;
    assert_eq!(mtu(&case), 1500);
    case.pushed.mtu = Some(1400);
    assert_eq!(mtu(&case), 1400);
    case.policy.mtu = Some(1300);
    assert_eq!(mtu(&case), 1300);
    case.policy.mtu = Some(100);
    assert_eq!(mtu(&case), 576);
    case.pushed.addresses.push(net("fd00::2/64"));
    assert_eq!(mtu(&case), 1280);
}

#[test]
fn who_manages_dns() {
    let stub = "nameserver 127.0.0.53\noptions edns0\n";
    let cases = [
        (true, stub_symlink(), DnsManager::Resolved),
        (true, file(stub), DnsManager::Resolved),
        (true, spoke_plan::FileState::Missing, DnsManager::Resolved),
        (
            true,
            file("nameserver 1.1.1.1\n# 127.0.0.53\n"),
            DnsManager::ResolvConf,
        ),
        (false, file(stub), DnsManager::ResolvConf),
        (false, stub_symlink(), DnsManager::ResolvConf),
    ];
    for (running, file, manager) in cases {
        let view = Model::new(running, file.clone()).view();
        assert_eq!(DnsManager::of(&view), manager, "{running} {file:?}");
    }
}

#[test]
fn suffixes_split_names_where_resolved_answers() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    case.policy.dns_servers = vec![ip("10.20.0.4")];
    case.policy.dns_suffixes = vec![".Contoso.internal.".to_owned(), "no name".to_owned()];
    let planned = case.plan();
    let dns = planned.wanted.dns.unwrap();
    assert_eq!(dns.mode, DnsMode::Split);
    let Mechanism::Resolved { interface, link } = dns.mechanism else {
        panic!("resolved answers here");
    };
    assert_eq!(interface, "spoke0");
    assert_eq!(link.servers, [ip("10.20.0.4")]);
    assert_eq!(link.domains, [domain("contoso.internal", false)]);
    assert!(!link.default_route);
    assert_eq!(link.unsigned, ["contoso.internal"]);
    assert!(!link.over_tls && !link.ask_neighbours);
    assert_eq!(planned.notices, [Notice::BadSuffix("no name".to_owned())]);
}

#[test]
fn all_names_go_with_all_traffic() {
    let mut case = Case::new().redirected();
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    case.pushed.dns_suffixes = vec!["contoso.internal".to_owned()];
    let dns = case.plan().wanted.dns.unwrap();
    assert_eq!(dns.mode, DnsMode::Full);
    let Mechanism::Resolved { link, .. } = dns.mechanism else {
        panic!("resolved answers here");
    };
    assert_eq!(
        link.domains,
        [domain("contoso.internal", false), domain(".", true)]
    );
    assert!(link.default_route);
}

#[test]
fn servers_without_suffixes_are_asked_beside_the_hosts_own() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    case.pushed.dns_servers = vec![ip("10.20.0.4"), ip("10.20.0.4"), ip("127.0.0.1")];
    let planned = case.plan();
    let dns = planned.wanted.dns.unwrap();
    assert_eq!(
        (dns.mode, dns.servers),
        (DnsMode::Beside, vec![ip("10.20.0.4")])
    );
    let told = [Notice::AbsurdServer(ip("127.0.0.1")), Notice::AskedBoth];
    assert_eq!(planned.notices, told);
}

#[test]
fn the_profiles_servers_silence_pushed_ones_and_both_suffixes_count() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    case.policy.dns_servers = vec![ip("10.20.0.4")];
    case.policy.dns_suffixes = vec!["a.example".to_owned()];
    case.pushed.dns_servers = vec![ip("10.20.0.5")];
    case.pushed.dns_suffixes = vec!["b.example".to_owned(), "a.example".to_owned()];
    let dns = case.plan().wanted.dns.unwrap();
    assert_eq!(dns.servers, [ip("10.20.0.4")]);
    assert_eq!(dns.suffixes, ["a.example", "b.example"]);
}

#[test]
fn without_resolved_the_file_puts_the_tunnels_servers_first() {
    let text = "# by hand\ndomain lan\nnameserver 192.168.1.1\nnameserver 1.1.1.1\nnameserver 9.9.9.9\noptions edns0\n";
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    case.model = Model::new(false, file(text));
    case.policy.dns_servers = vec![ip("10.20.0.4")];
    case.policy.dns_suffixes = vec!["contoso.internal".to_owned()];
    let planned = case.plan();
    assert_eq!(
        lines(&planned),
        [
            "nameserver 10.20.0.4",
            "nameserver 192.168.1.1",
            "nameserver 1.1.1.1",
            "search contoso.internal lan",
            "options edns0",
        ]
    );
    assert_eq!(planned.notices, [Notice::CannotSplit]);
    assert_eq!(planned.wanted.dns.unwrap().mode, DnsMode::Full);

    let mut all = case.redirected();
    all.policy.dns_suffixes.clear();
    assert_eq!(
        lines(&all.plan()),
        ["nameserver 10.20.0.4", "search lan", "options edns0"]
    );
}

#[test]
fn a_server_that_the_tunnel_does_not_reach_and_suffixes_without_one_are_told() {
    let mut case = Case::new().routes(&["10.20.0.0/16"]);
    case.policy.dns_suffixes = vec!["contoso.internal".to_owned()];
    assert_eq!(case.plan().notices, [Notice::SuffixesWithoutServer]);
    assert_eq!(case.plan().wanted.dns, None);
    case.policy.dns_servers = vec![ip("10.30.0.4")];
    assert_eq!(
        case.plan().notices,
        [Notice::ServerOutside(ip("10.30.0.4"))]
    );
}

#[test]
fn changes_say_what_they_do_in_an_order_that_works() {
    let mut case = Case::new().redirected();
    case.model = Model::new(false, file("nameserver 192.168.1.1\n"));
    case.pushed.mtu = Some(1400);
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    let said: Vec<String> = diff(&Wanted::nothing(), &case.plan().wanted)
        .iter()
        .map(|change| format!("{:?} {change}", change.stage()))
        .collect();
    assert_eq!(
        said,
        [
            "Interface set MTU of spoke0 to 1400",
            "Interface add address 172.16.201.7/24 to spoke0",
            "Interface set spoke0 up",
            "Routes add route 172.16.201.0/24 to nowhere, behind the tunnel",
            "Routes add route 203.0.113.5/32 via 192.168.1.1 on eth0",
            "Routes add route 0.0.0.0/1 via spoke0",
            "Routes add route 128.0.0.0/1 via spoke0",
            "Routes add route 172.16.201.0/24 via spoke0",
            "Dns replace /etc/resolv.conf",
        ]
    );
}

#[test]
fn the_device_takes_the_first_free_name() {
    let mut model = Model::new(true, stub_symlink());
    assert_eq!(interface_name(&model.view()), "spoke0");
    model.open_device("spoke0");
    model.open_device("spoke2");
    assert_eq!(interface_name(&model.view()), "spoke1");
    assert_eq!(link("eth0", 2, &[]).name, "eth0");
}

#[test]
fn after_another_boot_only_the_file_is_taken_back() {
    let (mut journal, model) = crashed();
    assert_eq!(recover(&journal, &model.view()).len(), 3);
    journal.boot_id = "an earlier one".to_owned();
    let back = recover(&journal, &model.view());
    assert!(
        matches!(&back[..], [Change::SetResolvConf { .. }]),
        "{back:?}"
    );
}

#[test]
fn what_comes_back_finds_its_routes_and_no_file_of_ours() {
    let (mut journal, model) = crashed();
    let waiting = may_wait(&recover(&journal, &model.view()));
    let backstop = |route: &&spoke_plan::Route| route.is_backstop();
    assert_eq!(
        (waiting.len(), waiting.iter().filter(backstop).count()),
        (2, 1)
    );
    journal.keep_only(&waiting, false);
    let taken_over = Wanted::left_behind(waiting);
    let again = Case::new().redirected().plan().wanted;
    let adds = diff(&taken_over, &again).into_iter();
    let adds = adds.filter(|change| matches!(change, Change::AddRoute { .. }));
    assert!(
        adds.clone().all(|change| !change.needs_journal()),
        "they stand"
    );
    assert_eq!(adds.count(), 3);
    assert_eq!(journal.entries.len(), 2);
}

#[test]
fn what_is_no_longer_ours_is_left_alone() {
    let (journal, mut model) = crashed();
    model.resolv_conf = file("nameserver 192.168.1.9\n");
    model.routes.clear();
    model
        .foreign
        .push(known("203.0.113.5/32", Some("192.168.1.1"), "eth0"));
    assert_eq!(recover(&journal, &model.view()), []);
}

#[test]
fn the_journals_form_on_disk_is_version_1() {
    let (journal, _) = crashed();
    let text = serde_json::to_string_pretty(&journal).unwrap();
    insta::assert_snapshot!(text);
    assert_eq!(serde_json::from_str::<Journal>(&text).unwrap(), journal);
}

/// A host on which everything was set and the process then died.
fn crashed() -> (Journal, Model) {
    let mut case = Case::new().redirected();
    case.model = Model::new(false, file("nameserver 192.168.1.1\n"));
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    let mut model = case.model.clone();
    model.open_device("spoke0");
    let mut journal = Journal::new("boot".to_owned());
    for change in diff(&Wanted::nothing(), &case.plan().wanted) {
        let _ = journal.record(&change);
        model.apply(&change);
        let _ = journal.confirm(&change);
    }
    model.close_device("spoke0");
    (journal, model)
}

struct Case {
    model: Model,
    policy: Policy,
    pushed: Pushed,
    gateway: &'static str,
}

impl Case {
    fn new() -> Self {
        Self {
            model: Model::new(true, stub_symlink()),
            policy: Policy::default(),
            pushed: Pushed {
                addresses: vec![net("172.16.201.7/24")],
                ..Pushed::default()
            },
            gateway: "203.0.113.5",
        }
    }

    fn routes(mut self, routes: &[&str]) -> Self {
        self.pushed.routes = routes.iter().map(|one| net(one)).collect();
        self
    }

    fn redirected(mut self) -> Self {
        self.pushed.redirect_ipv4 = true;
        self
    }

    fn plan(&self) -> Planned {
        self.situation(plan)
    }

    fn situation<T>(&self, look: impl FnOnce(&Situation<'_>) -> T) -> T {
        look(&Situation {
            view: &self.model.view(),
            policy: &self.policy,
            pushed: &self.pushed,
            interface: "spoke0",
            gateway: Some(ip(self.gateway)),
            applied: &Wanted::nothing(),
        })
    }
}

fn tunnelled(planned: &Planned) -> Vec<String> {
    planned
        .wanted
        .tunnelled()
        .map(|one| one.to_string())
        .collect()
}

fn bypassed(planned: &Planned) -> Vec<String> {
    let routes = planned.wanted.routes.iter();
    routes
        .filter(|one| !one.is_tunnel() && !one.is_backstop())
        .map(ToString::to_string)
        .collect()
}

/// The planned file without its first line.
fn lines(planned: &Planned) -> Vec<String> {
    let Some(Mechanism::ResolvConf { ours, .. }) = planned.wanted.dns.as_ref().map(DnsSetup::how)
    else {
        return vec!["DNS is not set by a file".to_owned()];
    };
    assert!(ours.is_ours());
    let text = String::from_utf8(ours.visible().unwrap().to_vec()).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

fn domain(name: &str, route_only: bool) -> RoutingDomain {
    RoutingDomain {
        name: name.to_owned(),
        route_only,
    }
}
