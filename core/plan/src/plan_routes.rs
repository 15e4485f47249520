use crate::notice::Notice;
use crate::route::{MAX_ROUTES, ROUTE_METRIC, Route, Via};
use crate::situation::Situation;
use crate::view::KnownRoute;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The routes that a situation calls for: what goes into the tunnel, and what must
/// be led past it because a route into the tunnel covers it.
pub(crate) fn plan_routes(
    situation: &Situation<'_>,
    addresses: &BTreeSet<IpNet>,
    notices: &mut Vec<Notice>,
) -> BTreeSet<Route> {
    let excluded = excluded(situation);
    let mut inside = inside(situation, addresses, &excluded, notices);
    note_overlaps(situation, &inside, &excluded, notices);
    note_ipv6_outside(situation, &inside, notices);
    outdo_announced(situation, &mut inside, &excluded, notices);
    if !situation.view.platform.has_metrics() {
        inside = beside_own(situation, inside, &excluded);
    }
    let blocked = take_blocked(situation, &mut inside);

    let mut routes: BTreeMap<IpNet, Via> = inside
        .iter()
        .map(|prefix| {
            let interface = situation.interface.to_owned();
            (*prefix, Via::Tunnel { interface })
        })
        .collect();
    let mut covering = inside;
    for prefix in blocked {
        covering.insert(prefix);
        routes.insert(prefix, Via::Nowhere);
    }
    for prefix in excluded {
        if covered(&covering, &prefix) && !has_own_route(situation, &prefix) {
            let via = way_past(situation, &prefix).unwrap_or_else(|| {
                notices.push(Notice::NoWayTo(prefix));
                Via::Nowhere
            });
            routes.insert(prefix, via);
        }
    }
    let router = local_way(situation)
        .and_then(|(_, router)| router)
        .filter(|router| {
            situation.pushed.block_local
                || (!situation.view.platform.has_metrics()
                    && is_hidden(situation, &covering, router))
        });
    for host in [situation.gateway, router]
        .into_iter()
        .flatten()
        .map(IpNet::from)
    {
        if covered(&covering, &host)
            && !has_own_route(situation, &host)
            && let Some(via) = way_past(situation, &host)
        {
            routes.insert(host, via);
        }
    }
    let backstops = backstops(situation, &routes);
    let routes = routes
        .into_iter()
        .map(|(prefix, via)| Route { prefix, via });
    routes.chain(backstops).collect()
}

/// What stands behind the routes into the tunnel, except behind those that take all traffic,
/// which nobody shall be kept from, and those of the local network.
fn backstops(situation: &Situation<'_>, routes: &BTreeMap<IpNet, Via>) -> Vec<Route> {
    if !situation.view.platform.has_metrics() {
        return Vec::new();
    }
    let links = situation.view.links.iter();
    let own: Vec<IpNet> = links
        .filter(|link| link.name != situation.interface)
        .flat_map(|link| &link.addresses)
        .map(IpNet::trunc)
        .collect();
    let local = |prefix: &IpNet| own.iter().any(|own| own.contains(prefix));
    let inside = routes
        .iter()
        .filter(|(prefix, via)| matches!(via, Via::Tunnel { .. }) && prefix.prefix_len() > 1)
        .filter(|(prefix, _)| !local(prefix));
    inside
        .map(|(prefix, _)| Route {
            prefix: *prefix,
            via: Via::Backstop,
        })
        .collect()
}

/// Whether all IPv4 or all IPv6 traffic goes into the tunnel.
pub(crate) fn takes_all(routes: &BTreeSet<Route>) -> bool {
    let inside: BTreeSet<IpNet> = routes
        .iter()
        .filter(|route| route.is_tunnel())
        .map(|route| route.prefix)
        .collect();
    [Family::V4, Family::V6]
        .iter()
        .any(|family| takes_family(&inside, *family))
}

#[derive(Clone, Copy)]
enum Family {
    V4,
    V6,
}

/// The default route as two halves: both beat the host's own default route, which
/// so is never replaced.
fn halves(family: Family) -> [IpNet; 2] {
    match family {
        Family::V4 => [
            v4(Ipv4Addr::UNSPECIFIED, 1),
            v4(Ipv4Addr::new(128, 0, 0, 0), 1),
        ],
        Family::V6 => [
            v6(Ipv6Addr::UNSPECIFIED, 1),
            v6(Ipv6Addr::new(0x8000, 0, 0, 0, 0, 0, 0, 0), 1),
        ],
    }
}

fn takes_family(inside: &BTreeSet<IpNet>, family: Family) -> bool {
    halves(family).iter().all(|half| inside.contains(half))
}

/// Takes out of `inside` what is refused in its place: with `block-ipv6` nothing of IPv6 goes into the tunnel, and
/// where the tunnel takes all traffic, nothing past it either. Longer prefixes, such as the local network's, stay.
fn take_blocked(situation: &Situation<'_>, inside: &mut BTreeSet<IpNet>) -> BTreeSet<IpNet> {
    let mut blocked = BTreeSet::new();
    if !situation.view.platform.has_ipv6() || !situation.pushed.block_ipv6 {
        return blocked;
    }
    let all = situation.pushed.redirect_ipv6 || takes_family(inside, Family::V4);
    blocked.extend(inside.iter().filter(|prefix| prefix.addr().is_ipv6()));
    inside.retain(|prefix| prefix.addr().is_ipv4());
    if all {
        blocked.extend(halves(Family::V6));
    }
    blocked
}

/// Adds what wins over routes that the network has announced for a part of what goes into
/// the tunnel: a DHCP server or a router could lead the user's traffic past it by them
/// (CVE-2024-3661, "TunnelVision"). A route that somebody on this host chose still wins.
fn outdo_announced(
    situation: &Situation<'_>,
    inside: &mut BTreeSet<IpNet>,
    excluded: &BTreeSet<IpNet>,
    notices: &mut Vec<Notice>,
) {
    for route in own_routes(situation).filter(|route| route.announced) {
        let prefix = route.prefix;
        let out = excluded.iter().any(|out| out.contains(&prefix));
        let to_gateway = situation.gateway.map(IpNet::from) == Some(prefix);
        if out || to_gateway || is_local(situation, route) || !covered(inside, &prefix) {
            continue;
        }
        let interface = route.interface.clone().unwrap_or_default();
        if route.metric > ROUTE_METRIC {
            inside.insert(prefix);
        } else if let Ok(halves) = prefix.subnets(prefix.prefix_len() + 1) {
            inside.extend(halves);
        } else {
            notices.push(Notice::NotOutdone { prefix, interface });
            continue;
        }
        notices.push(Notice::Announced { prefix, interface });
    }
}

/// Whether a route leads to neighbours on a link that this host has an address on.
fn is_local(situation: &Situation<'_>, route: &KnownRoute) -> bool {
    let mut links = situation.view.links.iter();
    let link = links.find(|link| Some(&link.name) == route.interface.as_ref());
    let mut own = link.into_iter().flat_map(|link| &link.addresses);
    route.gateway.is_none() && own.any(|address| address.trunc().contains(&route.prefix))
}

/// With halves in the place of each prefix that the host has a route to: where routes
/// have no metric, a second one to the same prefix is refused, and the longer one wins.
fn beside_own(
    situation: &Situation<'_>,
    inside: BTreeSet<IpNet>,
    excluded: &BTreeSet<IpNet>,
) -> BTreeSet<IpNet> {
    let mut free = BTreeSet::new();
    let mut left: Vec<IpNet> = inside.into_iter().collect();
    while let Some(prefix) = left.pop() {
        if excluded.iter().any(|out| out.contains(&prefix)) {
            continue;
        }
        if !has_own_route(situation, &prefix) {
            free.insert(prefix);
        } else if prefix.prefix_len() < prefix.max_prefix_len() {
            let halves = prefix.subnets(prefix.prefix_len() + 1);
            left.extend(halves.into_iter().flatten());
        }
    }
    free
}

/// Whether an address of a neighbour on a link would be looked for in the tunnel.
fn is_hidden(situation: &Situation<'_>, inside: &BTreeSet<IpNet>, neighbour: &IpAddr) -> bool {
    let neighbour = IpNet::from(*neighbour);
    let longest = |prefixes: &mut dyn Iterator<Item = IpNet>| {
        prefixes
            .filter(|prefix| prefix.contains(&neighbour))
            .map(|prefix| prefix.prefix_len())
            .max()
    };
    let own = longest(&mut own_routes(situation).map(|route| route.prefix));
    longest(&mut inside.iter().copied()) > own
}

/// Whether the host has a way to the gateway that is not the tunnel. Without one the
/// routes past the tunnel cannot be planned.
#[must_use]
pub fn reaches_gateway(situation: &Situation<'_>) -> bool {
    let gateway = situation.gateway.map(IpNet::from);
    gateway.is_none_or(|gateway| way_past(situation, &gateway).is_some())
}

/// The link by which the gateway is reached, and the router on it.
fn local_way(situation: &Situation<'_>) -> Option<(String, Option<IpAddr>)> {
    match way_past(situation, &situation.gateway?.into())? {
        Via::Physical {
            interface, gateway, ..
        } => Some((interface, gateway)),
        Via::Tunnel { .. } | Via::Nowhere | Via::Backstop => None,
    }
}

/// The networks of the link by which the gateway is reached, in halves: each beats the link's own route.
fn local_networks(situation: &Situation<'_>) -> Vec<IpNet> {
    let Some((interface, _)) = local_way(situation) else {
        return Vec::new();
    };
    let links = situation.view.links.iter();
    links
        .filter(|link| link.name == interface)
        .flat_map(|link| &link.addresses)
        .map(IpNet::trunc)
        .filter(|local| !is_absurd(local))
        .filter_map(|local| local.subnets(local.prefix_len() + 1).ok())
        .flatten()
        .collect()
}

fn excluded(situation: &Situation<'_>) -> BTreeSet<IpNet> {
    situation
        .policy
        .exclude
        .iter()
        .chain(&situation.pushed.bypass)
        .map(IpNet::trunc)
        .filter(|prefix| !prefix.addr().is_loopback() && *prefix != zero_host())
        .take(MAX_ROUTES)
        .collect()
}

fn inside(
    situation: &Situation<'_>,
    addresses: &BTreeSet<IpNet>,
    excluded: &BTreeSet<IpNet>,
    notices: &mut Vec<Notice>,
) -> BTreeSet<IpNet> {
    let mut taken = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut left_out = 0_usize;
    for prefix in candidates(situation, addresses) {
        if !seen.insert(prefix) || excluded.iter().any(|out| out.contains(&prefix)) {
            continue;
        }
        if is_absurd(&prefix) {
            notices.push(Notice::AbsurdRoute(prefix));
        } else if situation.gateway.map(IpNet::from) == Some(prefix) {
            notices.push(Notice::RouteToGateway(prefix));
        } else if !addresses.iter().any(|own| same_family(own, &prefix)) {
            notices.push(Notice::NoAddressFor(prefix));
        } else if taken.len() == MAX_ROUTES {
            left_out += 1;
        } else {
            taken.insert(prefix);
        }
    }
    if left_out > 0 {
        notices.push(Notice::TooManyRoutes { left_out });
    }
    taken
}

/// Everything that was asked to go into the tunnel, what the user asked for first.
fn candidates(situation: &Situation<'_>, addresses: &BTreeSet<IpNet>) -> Vec<IpNet> {
    let Situation { policy, pushed, .. } = situation;
    let has_ipv6 = addresses.iter().any(|own| own.addr().is_ipv6());
    let mut all: Vec<IpNet> = addresses
        .iter()
        .filter(|own| own.prefix_len() < own.max_prefix_len())
        .copied()
        .collect();
    all.extend(&policy.include);
    if policy.full_tunnel || pushed.redirect_ipv4 {
        all.push(v4(Ipv4Addr::UNSPECIFIED, 0));
    }
    if has_ipv6 && (policy.full_tunnel || pushed.redirect_ipv6) {
        all.push(v6(Ipv6Addr::UNSPECIFIED, 0));
    }
    all.extend(&pushed.routes);
    if pushed.block_local {
        let local = local_networks(situation).into_iter();
        all.extend(local.filter(|half| addresses.iter().any(|own| same_family(own, half))));
    }
    all.into_iter()
        .flat_map(|prefix| match prefix.trunc() {
            IpNet::V4(net) if net.prefix_len() == 0 => halves(Family::V4).to_vec(),
            IpNet::V6(net) if net.prefix_len() == 0 => halves(Family::V6).to_vec(),
            other => vec![other],
        })
        .collect()
}

/// Prefixes that never lead to another network: this host, this link, groups.
fn is_absurd(prefix: &IpNet) -> bool {
    let never = [
        v4(Ipv4Addr::UNSPECIFIED, 8),
        v4(Ipv4Addr::new(127, 0, 0, 0), 8),
        v4(Ipv4Addr::new(169, 254, 0, 0), 16),
        v4(Ipv4Addr::new(224, 0, 0, 0), 3),
        v6(Ipv6Addr::UNSPECIFIED, 127),
        v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
        v6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
    ];
    never.iter().any(|net| net.contains(prefix))
}

fn covered(inside: &BTreeSet<IpNet>, prefix: &IpNet) -> bool {
    inside.iter().any(|route| route.contains(prefix))
}

/// The way that the host itself has to a prefix.
fn way_past(situation: &Situation<'_>, prefix: &IpNet) -> Option<Via> {
    let best = own_routes(situation)
        .filter(|route| route.prefix.contains(prefix))
        .max_by_key(|route| (route.prefix.prefix_len(), std::cmp::Reverse(route.metric)))?;
    Some(Via::Physical {
        interface: best.interface.clone()?,
        gateway: best.gateway,
        onlink: best.onlink,
    })
}

/// Whether the host itself has a route to exactly this prefix: then no route into
/// the tunnel beats it.
fn has_own_route(situation: &Situation<'_>, prefix: &IpNet) -> bool {
    own_routes(situation).any(|route| route.prefix == *prefix)
}

fn own_routes<'a>(situation: &Situation<'a>) -> impl Iterator<Item = &'a KnownRoute> {
    let interface = situation.interface;
    situation.view.routes.iter().filter(move |route| {
        !route.ours
            && route
                .interface
                .as_deref()
                .is_some_and(|name| name != interface)
    })
}

fn note_overlaps(
    situation: &Situation<'_>,
    inside: &BTreeSet<IpNet>,
    excluded: &BTreeSet<IpNet>,
    notices: &mut Vec<Notice>,
) {
    for link in &situation.view.links {
        if link.name == situation.interface || situation.pushed.block_local {
            continue;
        }
        for local in link.addresses.iter().map(IpNet::trunc) {
            if is_absurd(&local) || excluded.iter().any(|out| out.contains(&local)) {
                continue;
            }
            let overlap = inside.iter().find(|prefix| {
                prefix.prefix_len() > 1 && (prefix.contains(&local) || local.contains(*prefix))
            });
            if let Some(prefix) = overlap {
                notices.push(Notice::Overlap {
                    prefix: *prefix,
                    local,
                    interface: link.name.clone(),
                });
            }
        }
    }
}

fn note_ipv6_outside(
    situation: &Situation<'_>,
    inside: &BTreeSet<IpNet>,
    notices: &mut Vec<Notice>,
) {
    if situation.pushed.block_ipv6 {
        return;
    }
    let leaks = own_routes(situation)
        .any(|route| route.prefix == v6(Ipv6Addr::UNSPECIFIED, 0) && route.interface.is_some());
    if leaks && takes_family(inside, Family::V4) && !takes_family(inside, Family::V6) {
        notices.push(Notice::Ipv6Outside);
    }
}

fn same_family(a: &IpNet, b: &IpNet) -> bool {
    a.addr().is_ipv4() == b.addr().is_ipv4()
}

fn zero_host() -> IpNet {
    IpNet::from(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

fn v4(address: Ipv4Addr, length: u8) -> IpNet {
    Ipv4Net::new(address, length).unwrap_or_default().into()
}

fn v6(address: Ipv6Addr, length: u8) -> IpNet {
    Ipv6Net::new(address, length).unwrap_or_default().into()
}
