use crate::change::Change;
use crate::dns::{DnsSetup, Mechanism};
use crate::route::Route;
use crate::wanted::{Interface, Wanted};
use std::collections::BTreeSet;

/// The changes that lead from one setup to another, in the order in which they are
/// to be applied.
///
/// What is in the way goes first (DNS before the routes that it needs), then the
/// device, the ways past the tunnel, the ways into it, DNS; what is only stale goes
/// last, so that traffic never leaks or starves in between. A lockdown is the first to
/// come and the last to go.
#[must_use]
pub fn diff(applied: &Wanted, wanted: &Wanted) -> Vec<Change> {
    let renumbered = renumbered(applied, wanted);
    let mut changes = Vec::new();
    let lockdown = lockdown(applied, wanted);
    changes.extend(lockdown.clone().filter(|_| wanted.lockdown.is_some()));
    changes.extend(dns_in_the_way(applied, wanted));

    let mut kept = applied.routes.clone();
    if renumbered {
        let gone: Vec<Route> = kept.iter().filter(|r| r.is_tunnel()).cloned().collect();
        for route in gone.into_iter().rev() {
            kept.remove(&route);
            changes.push(Change::RemoveRoute { route });
        }
    }
    device(
        applied.interface.as_ref(),
        wanted.interface.as_ref(),
        &mut changes,
    );
    let (inner, outer): (Vec<_>, Vec<_>) = wanted.routes.iter().partition(|r| r.is_tunnel());
    for route in outer.into_iter().chain(inner) {
        if kept.contains(route) {
            continue;
        }
        if let Some(rival) = kept.iter().find(|have| have.is_rival_of(route)).cloned() {
            kept.remove(&rival);
            changes.push(Change::RemoveRoute { route: rival });
        }
        changes.push(Change::AddRoute {
            route: route.clone(),
        });
    }
    changes.extend(dns_to_set(applied, wanted));
    stale(&kept, wanted, &mut changes);
    changes.extend(lockdown.filter(|_| wanted.lockdown.is_none()));
    changes
}

fn lockdown(applied: &Wanted, wanted: &Wanted) -> Option<Change> {
    let (from, to) = (&applied.lockdown, &wanted.lockdown);
    (from != to).then(|| Change::SetLockdown {
        from: from.clone(),
        to: to.clone(),
    })
}

/// Whether routes into the tunnel cannot stay: the kernel drops them with the last
/// address of the device, and a secondary address with its primary.
fn renumbered(applied: &Wanted, wanted: &Wanted) -> bool {
    match (&applied.interface, &wanted.interface) {
        (Some(have), Some(want)) => {
            have.name != want.name || have.addresses != want.addresses || have.up != want.up
        }
        (have, want) => have.is_some() != want.is_some(),
    }
}

fn device(have: Option<&Interface>, want: Option<&Interface>, changes: &mut Vec<Change>) {
    let same = match (have, want) {
        (Some(have), Some(want)) => have.name == want.name,
        _ => false,
    };
    if let Some(have) = have
        && !same
    {
        reshape(have, &Interface::fresh(&have.name), changes);
    }
    if let Some(want) = want {
        let fresh = Interface::fresh(&want.name);
        reshape(have.filter(|_| same).unwrap_or(&fresh), want, changes);
    }
}

fn reshape(have: &Interface, want: &Interface, changes: &mut Vec<Change>) {
    let interface = || want.name.clone();
    if have.up && !want.up {
        changes.push(Change::SetUp {
            interface: interface(),
            up: false,
        });
    }
    for address in have.addresses.difference(&want.addresses) {
        changes.push(Change::RemoveAddress {
            interface: interface(),
            address: *address,
        });
    }
    if have.mtu != want.mtu {
        changes.push(Change::SetMtu {
            interface: interface(),
            from: have.mtu,
            to: want.mtu,
        });
    }
    for address in want.addresses.difference(&have.addresses) {
        changes.push(Change::AddAddress {
            interface: interface(),
            address: *address,
        });
    }
    if want.up && !have.up {
        changes.push(Change::SetUp {
            interface: interface(),
            up: true,
        });
    }
}

fn stale(kept: &BTreeSet<Route>, wanted: &Wanted, changes: &mut Vec<Change>) {
    let gone = kept.difference(&wanted.routes);
    let (inner, outer): (Vec<_>, Vec<_>) = gone.partition(|route| route.is_tunnel());
    changes.extend(
        inner
            .into_iter()
            .chain(outer)
            .map(|route| Change::RemoveRoute {
                route: route.clone(),
            }),
    );
}

/// Takes DNS back first when the new setup sets it by other means or not at all.
fn dns_in_the_way(applied: &Wanted, wanted: &Wanted) -> Option<Change> {
    let have = &applied.dns.as_ref()?.mechanism;
    let stays = wanted
        .dns
        .as_ref()
        .is_some_and(|want| replaces(&want.mechanism, have));
    (!stays).then(|| match have {
        Mechanism::Resolved { interface, link } => Change::SetResolved {
            interface: interface.clone(),
            from: Some(link.clone()),
            to: None,
        },
        Mechanism::ResolvConf { original, ours } => Change::SetResolvConf {
            from: ours.clone(),
            to: original.clone(),
        },
        Mechanism::DynamicStore { service } => Change::SetServiceDns {
            from: Some(service.clone()),
            to: None,
        },
    })
}

fn dns_to_set(applied: &Wanted, wanted: &Wanted) -> Option<Change> {
    let want = &wanted.dns.as_ref()?.mechanism;
    let have = applied
        .dns
        .as_ref()
        .map(DnsSetup::how)
        .filter(|have| replaces(want, have));
    match (want, have) {
        (Mechanism::Resolved { interface, link }, have) => {
            let from = match have {
                Some(Mechanism::Resolved { link, .. }) => Some(link.clone()),
                _ => None,
            };
            (from.as_ref() != Some(link)).then(|| Change::SetResolved {
                interface: interface.clone(),
                from,
                to: Some(link.clone()),
            })
        }
        (Mechanism::ResolvConf { original, ours }, have) => {
            let from = match have {
                Some(Mechanism::ResolvConf {
                    original: before,
                    ours: standing,
                }) if before == original => standing,
                _ => original,
            };
            (from != ours).then(|| Change::SetResolvConf {
                from: from.clone(),
                to: ours.clone(),
            })
        }
        (Mechanism::DynamicStore { service }, have) => {
            let from = match have {
                Some(Mechanism::DynamicStore { service }) => Some(service.clone()),
                _ => None,
            };
            (from.as_ref() != Some(service)).then(|| Change::SetServiceDns {
                from,
                to: Some(service.clone()),
            })
        }
    }
}

/// Whether the one can be set over the other without taking it back first.
fn replaces(want: &Mechanism, have: &Mechanism) -> bool {
    match (want, have) {
        (Mechanism::Resolved { interface: a, .. }, Mechanism::Resolved { interface: b, .. }) => {
            a == b
        }
        (Mechanism::ResolvConf { .. }, Mechanism::ResolvConf { .. })
        | (Mechanism::DynamicStore { .. }, Mechanism::DynamicStore { .. }) => true,
        _ => false,
    }
}
