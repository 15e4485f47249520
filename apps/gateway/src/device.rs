//! The gateway's tunnel device.

use crate::config::Config;
use crate::pool::Addresses;
use crate::switchboard::{HEADROOM, Packet, Switchboard};
use ipnet::IpNet;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use spoke_host::{Host, HostError, TunDevice};
use spoke_plan::{Change, Route};
use std::convert::Infallible;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::thread;
use tokio::sync::oneshot;

/// Room for the largest IP packet that a tunnel's MTU allows.
const LARGEST: usize = 65_536;

/// Where all clients write and one task reads; clones share it.
#[derive(Clone)]
pub(crate) struct Device(Arc<OwnedFd>);

impl Device {
    /// Makes the device with its address, its MTU and the route to the clients.
    pub(crate) async fn open(config: &Config, own: Addresses) -> Result<Self, HostError> {
        let tun = TunDevice::open_bare(&config.interface)?;
        let interface = tun.name().to_owned();
        let host = Host::open()?;
        let mut changes = Vec::new();
        for address in own.all() {
            // The address alone; the prefix gets a route of its own.
            changes.push(Change::AddAddress {
                interface: interface.clone(),
                address: address.into(),
            });
        }
        changes.push(Change::SetMtu {
            interface: interface.clone(),
            from: config.mtu,
            to: config.mtu,
        });
        changes.push(Change::SetUp {
            interface: interface.clone(),
            up: true,
        });
        let pools = [
            Some(IpNet::V4(config.pool.trunc())),
            config.pool6.map(|pool| IpNet::V6(pool.trunc())),
        ];
        for pool in pools.into_iter().flatten() {
            changes.push(Change::AddRoute {
                route: Route::into_tunnel(pool, &interface),
            });
        }
        for change in &changes {
            host.apply(change).await?;
        }
        Ok(Self(Arc::new(tun.into_descriptor())))
    }

    /// Starts a thread that hands what the kernel routes to clients to their places.
    /// The receiver gets the error that ended it.
    pub(crate) fn distribute(
        &self,
        board: Switchboard,
    ) -> io::Result<oneshot::Receiver<io::Error>> {
        let descriptor = Arc::clone(&self.0);
        let (ended, end) = oneshot::channel();
        thread::Builder::new()
            .name("tun".to_owned())
            .spawn(move || {
                let Err(error) = pass_on(&descriptor, &board);
                // Nobody listens any more when the gateway is on its way out.
                let _ = ended.send(error);
            })?;
        Ok(end)
    }

    /// Gives one packet to the kernel. What the kernel does not take is dropped, as
    /// on any link.
    pub(crate) fn write(&self, packet: &[u8]) {
        let _ = nix::unistd::write(&self.0, packet);
    }
}

fn pass_on(descriptor: &OwnedFd, board: &Switchboard) -> io::Result<Infallible> {
    let mut buffer = vec![0; HEADROOM + LARGEST];
    loop {
        let space = buffer.get_mut(HEADROOM..).unwrap_or_default();
        match nix::unistd::read(descriptor, space) {
            Ok(len) => {
                let packet: Packet = buffer.get(..HEADROOM + len).unwrap_or_default().to_vec();
                board.deliver(packet);
            }
            Err(Errno::EAGAIN) => {
                let mut waited = [PollFd::new(descriptor.as_fd(), PollFlags::POLLIN)];
                poll(&mut waited, PollTimeout::NONE)?;
            }
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
