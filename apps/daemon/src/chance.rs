//! Where a profile leaves the choice of a gateway to chance, so that many clients
//! spread over many gateways.

use spoke_profile::Profile;
use std::net::IpAddr;

/// Puts the gateways into a random order if the profile wants that
/// (`remote-random`).
pub(crate) fn order(profile: &mut Profile) {
    if profile.protocol.random_order {
        shuffle(&mut profile.servers);
    }
}

fn shuffle<T>(items: &mut [T]) {
    for last in (1..items.len()).rev() {
        // Without chance the order stays, which is one of those allowed.
        let Ok(number) = getrandom::u64() else {
            return;
        };
        let other = number % (last as u64 + 1);
        items.swap(last, usize::try_from(other).unwrap_or_default());
    }
}

/// The name with a random label before it (`remote-random-hostname`): resolvers and
/// caches on the way have never seen it, so the answer is the name server's own.
pub(crate) fn label(host: &str) -> String {
    let mut bytes = [0; 6];
    if host.parse::<IpAddr>().is_ok() || getrandom::fill(&mut bytes).is_err() {
        return host.to_owned();
    }
    let label: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{label}.{host}")
}

/// A number that is another one on every computer.
pub(crate) fn seed() -> u64 {
    // Without chance the pauses are the plain ones.
    getrandom::u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gateway_comes_first_at_times() {
        let mut first = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let mut items = [1, 2, 3, 4];
            shuffle(&mut items);
            first.insert(items[0]);
            items.sort_unstable();
            assert_eq!(items, [1, 2, 3, 4]);
        }
        assert_eq!(first.len(), 4);
    }

    #[test]
    fn a_label_goes_before_names_only() {
        let labelled = label("vpn.example");
        assert!(labelled.ends_with(".vpn.example"), "{labelled}");
        assert_eq!(labelled.len(), 12 + 1 + "vpn.example".len());
        assert_ne!(labelled, label("vpn.example"));
        assert_eq!(label("192.0.2.1"), "192.0.2.1");
    }
}
