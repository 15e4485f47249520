use super::{addresses, dynamic_store, routes, sysctl};
use crate::error::HostError;
use crate::outcome::Outcome;
use spoke_plan::{Change, Contents, FileState, HostView, MacOs, Platform};

/// Where configd writes the resolvers that answer where nothing says otherwise.
const RESOLV_CONF: &str = "/etc/resolv.conf";

/// This machine's network.
pub struct Host {
    _private: (),
}

impl Host {
    /// Opens a way to the kernel, which is asked anew each time.
    ///
    /// # Errors
    ///
    /// None; other systems need a socket for it.
    pub const fn open() -> Result<Self, HostError> {
        Ok(Self { _private: () })
    }

    /// A snapshot of the network.
    ///
    /// # Errors
    ///
    /// When links, routes or the boot id cannot be read.
    #[expect(
        clippy::unused_async,
        reason = "other systems have to wait for an answer"
    )]
    pub async fn view(&self) -> Result<HostView, HostError> {
        let links = routes::links()?;
        let resolv_conf =
            std::fs::read(RESOLV_CONF).map_or(FileState::Missing, |bytes| FileState::File {
                contents: Contents(bytes),
                mode: 0o644,
            });
        Ok(HostView {
            platform: Platform::MacOs(MacOs { resolv_conf }),
            boot_id: sysctl::boot_id()?,
            routes: routes::routes(&links)?,
            links,
        })
    }

    /// Makes one change. Making it again does nothing.
    ///
    /// # Errors
    ///
    /// When the kernel or configd refuses; the text names the change.
    pub async fn apply(&self, change: &Change) -> Result<Outcome, HostError> {
        match change {
            Change::AddAddress { interface, address } => {
                addresses::add(interface, *address, change)
            }
            Change::RemoveAddress { interface, address } => {
                addresses::remove(interface, *address, change)
            }
            Change::SetMtu { interface, to, .. } => addresses::set_mtu(interface, *to, change),
            Change::SetUp { interface, up } => addresses::set_up(interface, *up, change),
            Change::AddRoute { route } => routes::add(route, change),
            Change::RemoveRoute { route } => routes::remove(route, change),
            Change::SetServiceDns { to, .. } => dynamic_store::set(to.as_ref(), change).await,
            // There is none here; nor is there one to be taken back.
            Change::SetLockdown { to: None, .. } => Ok(Outcome::AlreadySo),
            Change::SetResolved { .. }
            | Change::SetResolvConf { .. }
            | Change::SetLockdown { .. } => Err(HostError::OtherSystem {
                operation: change.to_string(),
            }),
        }
    }
}
