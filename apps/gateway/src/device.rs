//! The gateway's tunnel device.

use crate::config::Config;
use crate::pool::Addresses;
use crate::switchboard::Switchboard;
use ipnet::IpNet;
use spoke_host::{Host, HostError, TunDevice};
use spoke_plan::{Change, Route};
use spoke_traffic::{Coalescer, Joins, VirtioHeader};
use spoke_tunnel::{Moved, TunIo};
use std::io;
use std::sync::Arc;
use tokio::io::unix::AsyncFd;

/// Packets taken from the device before the clients have their turn.
const TURN: usize = 32;

/// Where all clients write and one task reads; clones share it.
#[derive(Clone)]
pub(crate) struct Device(Arc<AsyncFd<TunIo>>);

impl Device {
    /// Makes the device with its address, its MTU and the route to the clients.
    pub(crate) async fn open(config: &Config, own: Addresses) -> Result<Self, HostError> {
        let tun = TunDevice::open(&config.interface)?;
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
        let tun = TunIo::new(tun.into_descriptor(), config.mtu);
        let tun_failed = |source| HostError::Tun {
            name: interface,
            source,
        };
        Ok(Self(Arc::new(watched(tun).map_err(tun_failed)?)))
    }

    /// What may be joined for it.
    pub(crate) fn joins(&self) -> Joins {
        self.0.get_ref().joins()
    }

    /// Hands what the kernel routes to clients to their places, until the device fails.
    pub(crate) async fn distribute(self, board: Switchboard) -> io::Error {
        let mut buffer = vec![0; TunIo::LONGEST];
        loop {
            let mut ready = match self.0.readable().await {
                Ok(ready) => ready,
                Err(error) => return error,
            };
            for _ in 0..TURN {
                let tun = self.0.get_ref();
                match tun.read(&mut buffer) {
                    Ok(Moved::Bytes(count)) => {
                        let read = buffer.get(..count).unwrap_or_default();
                        board.deliver(read, tun.framing_len());
                    }
                    Ok(Moved::Later | Moved::End) => {
                        ready.clear_ready();
                        break;
                    }
                    Err(error) => return error,
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// Bytes that stand before each packet that is read.
    pub(crate) fn framing_len(&self) -> usize {
        self.0.get_ref().framing_len()
    }

    /// The packet in what was read from the device, and what is to be done to it.
    pub(crate) fn unframe<'bytes>(
        &self,
        bytes: &'bytes mut [u8],
    ) -> Option<(VirtioHeader, &'bytes mut [u8])> {
        self.0.get_ref().unframe(bytes)
    }

    /// Gives what was joined of `buffer` to the kernel. What the kernel does not take is
    /// dropped, as on any link.
    pub(crate) fn write(&self, buffer: &mut [u8], packets: &mut Coalescer) {
        let mut number = 0;
        while let Some(packet) = packets.joined(number, buffer) {
            let _ = self.0.get_ref().write(buffer, &packet);
            number += 1;
        }
        packets.clear();
    }
}

#[expect(
    deprecated,
    reason = "what replaces it is unsafe, for values that change or lose their descriptor; a TunIo keeps its own"
)]
fn watched(tun: TunIo) -> io::Result<AsyncFd<TunIo>> {
    AsyncFd::new(tun)
}
