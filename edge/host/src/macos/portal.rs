use std::net::{Ipv4Addr, SocketAddr};
use system_configuration::network_reachability::{ReachabilityFlags, SCNetworkReachability};

/// Whether this computer is on a network that wants a sign-in on a web page first, as far as
/// the system has noticed.
pub async fn behind_portal() -> bool {
    let anywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    SCNetworkReachability::from(anywhere)
        .reachability()
        .is_ok_and(|flags| flags.contains(ReachabilityFlags::INTERVENTION_REQUIRED))
}
