use spoke_api::{DnsMode, DnsState};
use spoke_moment::Moment;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long a network is held that takes ordinary traffic or names: a user whose VPN does
/// not come back shall have the internet again.
const PATIENCE: Duration = Duration::from_secs(30);

/// The host's network between two tunnels of one connection: it stays as it is, so that
/// nothing meant for the tunnel goes past it meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    /// Whether the plan was carried out whole.
    whole: bool,
    /// Whether one was, since the network was last as before. What changes it into the next
    /// one leads nothing past the tunnel on the way.
    stood: bool,
    /// Whether all names are asked inside.
    takes_names: bool,
    /// Names that are asked inside, where not all are.
    suffixes: Vec<String>,
    /// Whether ordinary traffic goes inside.
    takes_traffic: bool,
    /// Since when there is no tunnel for it.
    since: Option<Moment>,
    /// It is not to be held any longer.
    given_up: bool,
    /// Where the gateways were found last.
    found: Vec<Found>,
}

/// Where a gateway was found.
#[derive(Debug)]
struct Found {
    /// Its place in the profile's list.
    server: usize,
    addresses: Vec<SocketAddr>,
    /// How often it may still be tried there without asking anew.
    tries: u8,
}

/// How often a gateway is tried where it was found last: it may have moved.
const TRIES: u8 = 3;

impl Hold {
    /// The plan is being changed: nobody knows what stands.
    pub(crate) const fn changing(&mut self) {
        self.whole = false;
    }

    /// The plan stands, with these routes into the tunnel and this DNS.
    pub(crate) fn stands(&mut self, routes: &[ipnet::IpNet], dns: Option<&DnsState>) {
        self.whole = true;
        self.stood = true;
        self.takes_names = dns.is_some_and(|dns| dns.mode == DnsMode::Full);
        self.suffixes = dns.map_or_else(Vec::new, |dns| dns.suffixes.clone());
        self.takes_traffic = routes.iter().any(|net| net.prefix_len() <= 1);
        self.since = None;
        self.given_up = false;
    }

    /// The routes of a former run are there still, and no more than them.
    pub(crate) fn left_behind(&mut self, routes: &[ipnet::IpNet]) {
        self.stands(routes, None);
        self.whole = false;
    }

    /// Whether the plan was carried out whole, and is not being changed.
    pub(crate) const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether the network may stay as it is without a tunnel; from now on it counts as
    /// held.
    pub(crate) fn begin(&mut self, now: Moment) -> bool {
        let since = *self.since.get_or_insert(now);
        let over = self.is_costly() && now.since(since) >= PATIENCE;
        self.stood && !self.given_up && !over
    }

    /// It must be let go of at this time; none when it may be held for ever.
    pub(crate) fn until(&self) -> Option<Moment> {
        let since = self.since.filter(|_| self.is_costly())?;
        Some(since + PATIENCE)
    }

    /// Has it let go of at the next opportunity.
    pub(crate) const fn give_up(&mut self) {
        self.given_up = true;
    }

    /// It was let go of.
    pub(crate) fn ended(&mut self) {
        let found = std::mem::take(&mut self.found);
        *self = Self {
            found,
            given_up: self.given_up,
            ..Self::default()
        };
    }

    /// Whether a host's name cannot be asked outside while it is held.
    pub(crate) fn hides(&self, host: &str) -> bool {
        let mut suffixes = self.suffixes.iter();
        self.takes_names || suffixes.any(|suffix| is_under(host, suffix))
    }

    /// Remembers where a gateway was found.
    pub(crate) fn remember(&mut self, server: usize, addresses: &[SocketAddr]) {
        self.found.retain(|found| found.server != server);
        self.found.push(Found {
            server,
            addresses: addresses.to_vec(),
            tries: TRIES,
        });
    }

    /// A gateway was reached where it was found.
    pub(crate) fn reached(&mut self, server: usize) {
        let mut found = self.found.iter_mut();
        if let Some(found) = found.find(|found| found.server == server) {
            found.tries = TRIES;
        }
    }

    /// The gateways are other ones.
    pub(crate) fn forget_gateways(&mut self) {
        self.found.clear();
    }

    /// Every address at which a gateway was found.
    pub(crate) fn places(&self) -> BTreeSet<IpAddr> {
        let found = self.found.iter().flat_map(|found| &found.addresses);
        found.map(SocketAddr::ip).collect()
    }

    /// Where a gateway was found last, some times.
    pub(crate) fn recall(&mut self, server: usize) -> Option<Vec<SocketAddr>> {
        let mut found = self.found.iter_mut();
        let found = found.find(|found| found.server == server)?;
        found.tries = found.tries.checked_sub(1)?;
        Some(found.addresses.clone())
    }

    const fn is_costly(&self) -> bool {
        self.takes_names || self.takes_traffic
    }
}

/// Whether a name is a suffix or ends with it, at a dot.
fn is_under(name: &str, suffix: &str) -> bool {
    let (name, suffix) = (name.to_ascii_lowercase(), suffix.to_ascii_lowercase());
    let rest = name.strip_suffix(suffix.trim_matches('.'));
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    fn dns(mode: DnsMode) -> DnsState {
        DnsState {
            mode,
            servers: Vec::new(),
            suffixes: vec!["contoso.internal".to_owned()],
            manager: String::new(),
        }
    }

    #[test]
    fn what_costs_nobody_anything_is_held_for_ever() {
        let mut hold = Hold::default();
        assert!(!hold.begin(at(0)), "nothing stands");
        hold.stands(
            &["10.20.0.0/16".parse().unwrap()],
            Some(&dns(DnsMode::Split)),
        );
        assert!(hold.begin(at(10)) && hold.begin(at(100_000)));
        assert_eq!(hold.until(), None);
        hold.changing();
        assert!(hold.begin(at(100_000)), "it is being changed into another");
        hold.ended();
        hold.changing();
        assert!(!hold.begin(at(100_000)), "a first plan, half done");
    }

    #[test]
    fn ordinary_traffic_and_names_come_free_after_a_while() {
        for (route, mode) in [
            ("0.0.0.0/1", DnsMode::Split),
            ("10.20.0.0/16", DnsMode::Full),
        ] {
            let mut hold = Hold::default();
            hold.stands(&[route.parse().unwrap()], Some(&dns(mode)));
            assert!(hold.begin(at(10)));
            assert_eq!(hold.until(), Some(at(40)));
            assert!(hold.begin(at(39)) && !hold.begin(at(40)));
            hold.ended();
            hold.stands(&[], None);
            assert!(hold.begin(at(50)), "another time");
        }
    }

    #[test]
    fn a_gateway_is_tried_where_it_was_some_times() {
        let mut hold = Hold::default();
        hold.stands(&[], Some(&dns(DnsMode::Split)));
        assert!(hold.hides("gw.Contoso.internal") && !hold.hides("gw.notcontoso.internal"));
        let address = "192.0.2.1:443".parse().unwrap();
        hold.remember(1, &[address]);
        assert_eq!(hold.recall(0), None);
        for _ in 0..TRIES {
            assert_eq!(hold.recall(1), Some(vec![address]));
        }
        assert_eq!(hold.recall(1), None);
        hold.reached(1);
        assert_eq!(hold.recall(1), Some(vec![address]), "it is still there");
        hold.forget_gateways();
        assert_eq!(hold.recall(1), None);
    }
}
