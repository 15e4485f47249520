//! The gateway's tunnel device.

use crate::config::Config;
use crate::departures::Departures;
use crate::pool::Addresses;
use crate::switchboard::{Switchboard, destination};
use ipnet::IpNet;
use spoke_host::{Host, HostError, TunDevice};
use spoke_plan::{Change, Route};
use spoke_traffic::{Coalescer, Joins};
use spoke_tunnel::{Moved, TunIo};
use std::io;
use std::net::IpAddr;
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
        Self::over(tun).map_err(tun_failed)
    }

    /// A device that is set up.
    pub(crate) fn over(tun: TunIo) -> io::Result<Self> {
        Ok(Self(Arc::new(watched(tun)?)))
    }

    /// What may be joined for it.
    pub(crate) fn joins(&self) -> Joins {
        self.tun().joins()
    }

    /// Has what the kernel routes to clients sent to them, until the device fails.
    pub(crate) async fn distribute(self, board: Switchboard<Departures>) -> io::Error {
        let mut buffer = vec![0; TunIo::LONGEST];
        // Whom something was read for in this turn, the last one last.
        let mut served: Vec<(IpAddr, Departures)> = Vec::new();
        loop {
            let mut ready = match self.0.readable().await {
                Ok(ready) => ready,
                Err(error) => return error,
            };
            let tun = self.tun();
            for _ in 0..TURN {
                match tun.read(&mut buffer) {
                    Ok(Moved::Bytes(count)) => {
                        let packet = buffer.get(tun.framing_len()..count);
                        let Some(target) = packet.and_then(destination) else {
                            continue;
                        };
                        if served.last().is_none_or(|(address, _)| *address != target) {
                            let Some(line) = board.line(target) else {
                                continue;
                            };
                            served.push((target, line));
                        }
                        if let Some((_, line)) = served.last() {
                            line.take(tun, &mut buffer, count);
                        }
                    }
                    Ok(Moved::Later | Moved::End) => {
                        ready.clear_ready();
                        break;
                    }
                    Err(error) => return error,
                }
            }
            for (_, line) in served.drain(..) {
                line.send_taken(tun);
            }
            tokio::task::yield_now().await;
        }
    }

    /// The device itself.
    pub(crate) fn tun(&self) -> &TunIo {
        self.0.get_ref()
    }

    /// Gives what was joined of `buffer` to the kernel. What the kernel does not take is
    /// dropped, as on any link.
    pub(crate) fn write(&self, buffer: &mut [u8], packets: &mut Coalescer) {
        let mut number = 0;
        while let Some(packet) = packets.joined(number, buffer) {
            let _ = self.tun().write(buffer, &packet);
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
