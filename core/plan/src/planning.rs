use crate::notice::Notice;
use crate::plan_dns::plan_dns;
use crate::plan_routes::plan_routes;
use crate::situation::Situation;
use crate::wanted::{DEFAULT_MTU, Interface, Wanted};
use ipnet::IpNet;
use std::collections::BTreeSet;

/// The least MTU of IPv4 that every host takes (RFC 791), in bytes.
const LEAST_MTU: u16 = 576;

/// The least MTU of IPv6 (RFC 8200), in bytes.
const LEAST_MTU_IPV6: u16 = 1280;

/// What a situation calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The setup to reach.
    pub wanted: Wanted,
    /// What the user should know about it.
    pub notices: Vec<Notice>,
}

/// Decides what the host's network should be.
#[must_use]
pub fn plan(situation: &Situation<'_>) -> Planned {
    let mut notices = Vec::new();
    let addresses = addresses(situation, &mut notices);
    let mtu = mtu(situation, &addresses, &mut notices);
    let routes = plan_routes(situation, &addresses, &mut notices);
    let dns = plan_dns(situation, &routes, &mut notices);
    let lockdown = situation.policy.lockdown.as_ref();
    let wanted = Wanted {
        interface: Some(Interface {
            name: situation.interface.to_owned(),
            addresses,
            mtu,
            up: true,
        }),
        routes,
        dns,
        lockdown: lockdown.map(|it| it.around(Some(situation.interface))),
    };
    Planned { wanted, notices }
}

fn addresses(situation: &Situation<'_>, notices: &mut Vec<Notice>) -> BTreeSet<IpNet> {
    let has_ipv6 = situation.view.platform.has_ipv6();
    let mut good = BTreeSet::new();
    for address in &situation.pushed.addresses {
        let ip = address.addr();
        let broadcast = matches!(ip, std::net::IpAddr::V4(v4) if v4.is_broadcast());
        if ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || broadcast {
            notices.push(Notice::AbsurdAddress(*address));
        } else if ip.is_ipv6() && !has_ipv6 {
            notices.push(Notice::Ipv6Off(*address));
        } else {
            good.insert(*address);
        }
    }
    good
}

fn mtu(situation: &Situation<'_>, addresses: &BTreeSet<IpNet>, notices: &mut Vec<Notice>) -> u16 {
    let asked = situation
        .policy
        .mtu
        .or(situation.pushed.mtu)
        .unwrap_or(DEFAULT_MTU);
    let ipv6 = addresses.iter().any(|address| address.addr().is_ipv6());
    let least = if ipv6 { LEAST_MTU_IPV6 } else { LEAST_MTU };
    if asked < least {
        notices.push(Notice::MtuRaised { asked, used: least });
    }
    asked.max(least)
}
