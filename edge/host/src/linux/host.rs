use super::{addresses, lockdown, resolv_conf, resolved, routes, view};
use crate::error::HostError;
use crate::outcome::Outcome;
use rtnetlink::Handle;
use spoke_plan::{Change, HostView, Linux, Platform};
use std::path::PathBuf;
use tokio::task::JoinHandle;

/// Changes with every boot (proc(5)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// What a new device has of IPv6 (ip-sysctl of the kernel's documentation).
const IPV6_OFF: &str = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

/// This machine's network, as seen from the namespaces in which it was opened.
pub struct Host {
    handle: Handle,
    driver: JoinHandle<()>,
}

impl Host {
    /// Opens a way to the kernel. Needs a tokio runtime, on which it leaves a task
    /// that ends with this value.
    ///
    /// # Errors
    ///
    /// [`HostError::Kernel`] when the kernel gives no socket.
    pub fn open() -> Result<Self, HostError> {
        let (connection, handle, _) =
            rtnetlink::new_connection().map_err(|source| HostError::Kernel {
                operation: "open a netlink socket".to_owned(),
                source,
            })?;
        Ok(Self {
            handle,
            driver: tokio::spawn(connection),
        })
    }

    /// A snapshot of the network.
    ///
    /// # Errors
    ///
    /// When links, routes, the boot id or `/etc/resolv.conf` cannot be read.
    pub async fn view(&self) -> Result<HostView, HostError> {
        let boot_id = std::fs::read_to_string(BOOT_ID).map_err(|source| HostError::File {
            operation: "read the boot id".to_owned(),
            path: PathBuf::from(BOOT_ID),
            source,
        })?;
        let links = view::links(&self.handle).await?;
        let (resolved, link_dns) = resolved::view(&links).await;
        Ok(HostView {
            platform: Platform::Linux(Linux {
                resolved,
                link_dns,
                resolv_conf: resolv_conf::read()?,
                ipv6: has_ipv6(),
                locked: lockdown::is_set(),
            }),
            boot_id: boot_id.trim().to_owned(),
            links,
            routes: view::routes(&self.handle).await?,
        })
    }

    /// Makes one change. Making it again does nothing.
    ///
    /// # Errors
    ///
    /// When the kernel, systemd-resolved or the file system refuses; the text names
    /// the change.
    pub async fn apply(&self, change: &Change) -> Result<Outcome, HostError> {
        let handle = &self.handle;
        match change {
            Change::AddAddress { interface, address } => {
                addresses::add(handle, interface, *address, change).await
            }
            Change::RemoveAddress { interface, address } => {
                addresses::remove(handle, interface, *address, change).await
            }
            Change::SetMtu { interface, to, .. } => {
                addresses::set_mtu(handle, interface, *to, change).await
            }
            Change::SetUp { interface, up } => {
                addresses::set_up(handle, interface, *up, change).await
            }
            Change::AddRoute { route } => routes::add(handle, route, change).await,
            Change::RemoveRoute { route } => routes::remove(handle, route, change).await,
            Change::SetResolved { interface, to, .. } => {
                resolved::set(handle, interface, to.as_ref(), change).await
            }
            Change::SetResolvConf { from, to } => resolv_conf::set(from, to, change),
            Change::SetLockdown { to, .. } => lockdown::set(to.as_ref(), change),
            Change::SetServiceDns { .. } => Err(HostError::OtherSystem {
                operation: change.to_string(),
            }),
        }
    }
}

/// Whether devices made from now on may have IPv6 addresses; no file, no IPv6.
fn has_ipv6() -> bool {
    std::fs::read_to_string(IPV6_OFF).is_ok_and(|text| text.trim() == "0")
}

impl Drop for Host {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
