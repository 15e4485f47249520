use crate::policy::Policy;
use crate::pushed::Pushed;
use crate::view::HostView;
use crate::wanted::Wanted;
use std::net::IpAddr;

/// All that a plan depends on.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The host as it is now.
    pub view: &'a HostView,
    /// What the user wants.
    pub policy: &'a Policy,
    /// What the gateway pushed.
    pub pushed: &'a Pushed,
    /// Name of the tunnel device.
    pub interface: &'a str,
    /// The gateway's address on the transport connection, if it is not a test's
    /// memory. It always stays reachable past the tunnel.
    pub gateway: Option<IpAddr>,
    /// What Spoke has set already; tells what stood before it.
    pub applied: &'a Wanted,
}
