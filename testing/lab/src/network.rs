//! The wiring: four machines and the cables between them.
//!
//! ```text
//! client ──────── internet ──────── gateway ──────── vnet
//!  .77.10  .77.1     │      .100.1   .100.2 10.20.0.1  10.20.0.4 (DNS)
//!              203.0.113.53 (DNS)                      10.20.0.10 (web)
//!              203.0.113.80 (sign-in)
//! ```

use crate::enter;
use crate::error::LabError;
use crate::machine::Machine;
use crate::places;

/// The machines.
pub struct Network {
    /// The user's computer.
    pub client: Machine,
    /// Routers, the public DNS server and the sign-in server.
    pub internet: Machine,
    /// The VPN gateway.
    pub gateway: Machine,
    /// Servers inside the virtual network.
    pub vnet: Machine,
}

impl Network {
    /// Starts the machines and connects them.
    ///
    /// # Errors
    /// When a namespace, a link or an address is refused.
    pub fn build() -> Result<Self, LabError> {
        let client_etc = enter::copy_etc("client", places::PUBLIC_DNS)?;
        Self::around(Machine::boot("client", Some(&client_etc))?)
    }

    /// The same around a user's computer that is there already.
    ///
    /// # Errors
    /// As [`Network::build`].
    pub fn around(client: Machine) -> Result<Self, LabError> {
        let gateway_etc = enter::copy_etc("gateway", places::PUBLIC_DNS)?;
        let network = Self {
            client,
            internet: Machine::boot("internet", None)?,
            gateway: Machine::boot("gateway", Some(&gateway_etc))?,
            vnet: Machine::boot("vnet", None)?,
        };
        network.cable()?;
        network.address()?;
        network.internet.forward()?;
        network.gateway.forward()?;
        Ok(network)
    }

    /// All machines.
    #[must_use]
    pub fn machines(&self) -> [&Machine; 4] {
        [&self.client, &self.internet, &self.gateway, &self.vnet]
    }

    /// Gives the virtual network IPv6 addresses too.
    ///
    /// # Errors
    /// When the kernel has no IPv6, or refuses an address.
    pub fn add_ipv6(&self) -> Result<(), LabError> {
        let inside = places::GATEWAY_INSIDE_V6;
        let server = places::INTRANET_V6;
        for (machine, words) in [
            (&self.gateway, format!("addr add {inside}/64 dev vnet")),
            (&self.vnet, format!("addr add {server}/64 dev eth0")),
            (
                &self.vnet,
                format!("route add {} via {inside}", places::POOL_V6),
            ),
        ] {
            machine.ip(&words)?;
        }
        self.gateway.forward_ipv6()
    }

    /// Gives the user's computer, the routers and the gateway's public side IPv6 addresses too.
    ///
    /// # Errors
    /// As [`Network::add_ipv6`].
    pub fn add_ipv6_outside(&self) -> Result<(), LabError> {
        let (client, client_router) = (places::CLIENT_V6, places::CLIENT_ROUTER_V6);
        let (gateway, gateway_router) = (places::GATEWAY_V6, places::GATEWAY_ROUTER_V6);
        for (machine, words) in [
            (
                &self.internet,
                format!("addr add {client_router}/64 dev home"),
            ),
            (
                &self.internet,
                format!("addr add {gateway_router}/64 dev uplink"),
            ),
            (&self.client, format!("addr add {client}/64 dev eth0")),
            (
                &self.client,
                format!("-6 route add default via {client_router}"),
            ),
            (&self.gateway, format!("addr add {gateway}/64 dev eth0")),
            (
                &self.gateway,
                format!("-6 route add default via {gateway_router}"),
            ),
        ] {
            machine.ip(&words)?;
        }
        self.internet.forward_ipv6()
    }

    fn cable(&self) -> Result<(), LabError> {
        for machine in self.machines() {
            machine.settle_at_once()?;
        }
        for (near, near_link, far, far_link) in [
            (&self.client, "eth0", &self.internet, "home"),
            (&self.gateway, "eth0", &self.internet, "uplink"),
            (&self.vnet, "eth0", &self.gateway, "vnet"),
        ] {
            // From this side, where all machines' numbers mean something.
            let near_id = near.thread_id();
            far.ip(&format!(
                "link add name {far_link} type veth peer name {near_link} netns {near_id}"
            ))?;
            near.ip(&format!("link set {near_link} up"))?;
            far.ip(&format!("link set {far_link} up"))?;
        }
        Ok(())
    }

    fn address(&self) -> Result<(), LabError> {
        let client_router = places::CLIENT_ROUTER;
        let gateway_router = places::GATEWAY_ROUTER;
        let inside = places::GATEWAY_INSIDE;
        for (machine, words) in [
            (
                &self.internet,
                format!("addr add {client_router}/24 dev home"),
            ),
            (
                &self.internet,
                format!("addr add {gateway_router}/24 dev uplink"),
            ),
            (
                &self.internet,
                format!("addr add {}/32 dev lo", places::PUBLIC_DNS),
            ),
            (
                &self.internet,
                format!("addr add {}/32 dev lo", places::SIGN_IN),
            ),
            (
                &self.client,
                format!("addr add {}/24 dev eth0", places::CLIENT),
            ),
            (
                &self.client,
                format!("route add default via {client_router}"),
            ),
            (
                &self.gateway,
                format!("addr add {}/24 dev eth0", places::GATEWAY),
            ),
            (
                &self.gateway,
                format!("route add default via {gateway_router}"),
            ),
            (&self.gateway, format!("addr add {inside}/16 dev vnet")),
            (
                &self.vnet,
                format!("addr add {}/16 dev eth0", places::PRIVATE_DNS),
            ),
            (
                &self.vnet,
                format!("addr add {}/16 dev eth0", places::INTRANET),
            ),
            (
                &self.vnet,
                format!("route add {} via {inside}", places::POOL),
            ),
        ] {
            machine.ip(&words)?;
        }
        Ok(())
    }
}
