//! What is planned otherwise on macOS, one situation each.

use super::support::{Model, ip, known, net};
use spoke_plan::{
    Change, DnsManager, DnsMode, Journal, Lifetime, Mechanism, Notice, Planned, Policy, Pushed,
    SERVICE_DNS_KEY, ServiceDns, Situation, StoreValue, Wanted, diff, interface_name, plan,
    recover,
};

struct Case {
    model: Model,
    policy: Policy,
    pushed: Pushed,
}

impl Case {
    fn new(routes: &[&str]) -> Self {
        Self {
            model: Model::macos(),
            policy: Policy::default(),
            pushed: Pushed {
                addresses: vec![net("172.16.201.7/24")],
                routes: routes.iter().map(|one| net(one)).collect(),
                ..Pushed::default()
            },
        }
    }

    fn plan(&self) -> Planned {
        plan(&Situation {
            view: &self.model.view(),
            policy: &self.policy,
            pushed: &self.pushed,
            interface: "utun6",
            gateway: Some(ip("203.0.113.5")),
            applied: &Wanted::nothing(),
        })
    }

    fn routes(&self) -> Vec<String> {
        let routes = self.plan().wanted.routes;
        routes.iter().map(ToString::to_string).collect()
    }

    fn resolver(&self) -> Option<(DnsMode, ServiceDns)> {
        let dns = self.plan().wanted.dns?;
        match dns.mechanism {
            Mechanism::DynamicStore { service } => Some((dns.mode, service)),
            _ => None,
        }
    }
}

#[test]
fn the_kernel_numbers_the_device() {
    assert_eq!(interface_name(&Model::macos().view()), "utun");
}

#[test]
fn the_default_route_stays_and_two_halves_beat_it() {
    let mut case = Case::new(&[]);
    case.pushed.redirect_ipv4 = true;
    assert_eq!(
        case.routes(),
        [
            "0.0.0.0/1 via utun6",
            "128.0.0.0/1 via utun6",
            "172.16.201.0/24 via utun6",
            "203.0.113.5/32 via 192.168.1.1 on eth0",
        ]
    );
}

#[test]
fn a_prefix_that_the_host_has_too_is_taken_in_halves_and_its_router_stays() {
    let case = Case::new(&["192.168.1.0/24"]);
    assert_eq!(
        case.routes(),
        [
            "172.16.201.0/24 via utun6",
            "192.168.1.0/25 via utun6",
            "192.168.1.1/32 via eth0",
            "192.168.1.128/25 via utun6",
        ]
    );
    let told = case.plan().notices;
    assert!(matches!(&told[..], [Notice::Overlap { .. }]), "{told:?}");
}

#[test]
fn half_of_a_prefix_that_the_host_has_too_is_taken_in_quarters() {
    let mut case = Case::new(&["10.9.0.0/16"]);
    case.model
        .foreign
        .push(known("10.9.128.0/17", Some("192.168.1.3"), "eth0"));
    let into = "172.16.201.0/24 via utun6";
    let first = "10.9.0.0/17 via utun6";
    assert_eq!(
        case.routes(),
        [
            first,
            "10.9.128.0/18 via utun6",
            "10.9.192.0/18 via utun6",
            into
        ]
    );
    // What is to stay out is in no piece of it.
    case.policy.exclude = vec![net("10.9.128.0/17")];
    assert_eq!(case.routes(), [first, into]);
}

#[test]
fn a_host_that_the_host_itself_has_a_route_to_is_left_to_it() {
    let mut case = Case::new(&["10.9.1.1/32"]);
    case.model
        .foreign
        .push(known("10.9.1.1/32", Some("192.168.1.3"), "eth0"));
    assert_eq!(case.routes(), ["172.16.201.0/24 via utun6"]);
}

#[test]
fn suffixes_go_to_a_resolver_of_their_own() {
    let mut case = Case::new(&["10.20.0.0/16"]);
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    case.policy.dns_suffixes = vec![".Contoso.internal.".to_owned()];
    let (mode, resolver) = case.resolver().unwrap();
    assert_eq!(DnsManager::of(&case.model.view()), DnsManager::DynamicStore);
    assert_eq!(mode, DnsMode::Split);
    let texts = |list: &[&str]| StoreValue::Texts(list.iter().map(|&one| one.into()).collect());
    assert_eq!(
        resolver.dictionary(),
        [
            ("ServerAddresses", texts(&["10.20.0.4"])),
            ("SupplementalMatchDomains", texts(&["contoso.internal"])),
            ("SupplementalMatchDomainsNoSearch", StoreValue::Number(0)),
        ]
    );
    assert_eq!(case.plan().notices, []);
    assert!(SERVICE_DNS_KEY.starts_with("State:/Network/Service/"));
}

#[test]
fn all_names_go_with_all_traffic() {
    let mut case = Case::new(&[]);
    case.pushed.redirect_ipv4 = true;
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    case.pushed.dns_suffixes = vec!["contoso.internal".to_owned()];
    let (mode, resolver) = case.resolver().unwrap();
    assert_eq!(mode, DnsMode::Full);
    let domains = StoreValue::Texts(vec!["contoso.internal".to_owned(), String::new()]);
    assert_eq!(
        resolver.dictionary()[1],
        ("SupplementalMatchDomains", domains)
    );
}

#[test]
fn servers_without_suffixes_are_asked_for_all_names_and_that_is_told() {
    let mut case = Case::new(&["10.20.0.0/16"]);
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    let (mode, resolver) = case.resolver().unwrap();
    assert_eq!((mode, resolver.all_names), (DnsMode::Full, true));
    assert_eq!(case.plan().notices, [Notice::AllAskedInside]);
}

#[test]
fn nothing_but_ways_past_the_tunnel_outlives_the_process() {
    let mut case = Case::new(&[]);
    case.pushed.redirect_ipv4 = true;
    case.pushed.dns_servers = vec![ip("10.20.0.4")];
    let changes = diff(&Wanted::nothing(), &case.plan().wanted);
    let said: Vec<String> = changes
        .iter()
        .map(|change| format!("{:?} {change}", change.lifetime()))
        .collect();
    assert_eq!(
        said,
        [
            "Device add address 172.16.201.7/24 to utun6",
            "Device set utun6 up",
            "Boot add route 203.0.113.5/32 via 192.168.1.1 on eth0",
            "Device add route 0.0.0.0/1 via utun6",
            "Device add route 128.0.0.0/1 via utun6",
            "Device add route 172.16.201.0/24 via utun6",
            "Process set the tunnel's resolver to 10.20.0.4 for all names",
        ]
    );
    let mut journal = Journal::new("boot".to_owned());
    let mut model = case.model.clone();
    model.open_device("utun6");
    for change in &changes {
        let recorded = journal.record(change);
        assert_eq!(recorded, change.lifetime() > Lifetime::Process, "{change}");
        model.apply(change);
    }
    model.end_process("utun6");
    let back = recover(&journal, &model.view());
    assert!(
        matches!(&back[..], [Change::RemoveRoute { .. }]),
        "{back:?}"
    );
}
