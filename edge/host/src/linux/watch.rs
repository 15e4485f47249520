use crate::error::HostError;
use futures_util::{Stream, StreamExt as _};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::route::{RouteMessage, RouteProtocol, RouteType};
use rtnetlink::MulticastGroup;
use rtnetlink::packet_core::NetlinkPayload;
use spoke_plan::{HostEvent, ROUTE_PROTOCOL};
use std::pin::Pin;
use tokio::task::JoinHandle;

/// Hears of changes until it is dropped.
pub struct Watch {
    messages: Pin<Box<dyn Stream<Item = HostEvent> + Send>>,
    driver: JoinHandle<()>,
}

impl Watch {
    /// Starts to listen, in the network namespace of the calling thread.
    ///
    /// # Errors
    ///
    /// [`HostError::Kernel`] when the kernel gives no socket.
    pub fn open() -> Result<Self, HostError> {
        let (connection, _, messages) = rtnetlink::new_multicast_connection(&[
            MulticastGroup::Link,
            MulticastGroup::Ipv4Ifaddr,
            MulticastGroup::Ipv6Ifaddr,
            MulticastGroup::Ipv4Route,
            MulticastGroup::Ipv6Route,
        ])
        .map_err(|source| HostError::Kernel {
            operation: "watch the network".to_owned(),
            source,
        })?;
        let events = messages.filter_map(|(message, _)| {
            let event = match message.payload {
                NetlinkPayload::InnerMessage(inner) => event(&inner),
                _ => None,
            };
            std::future::ready(event)
        });
        Ok(Self {
            messages: Box::pin(events),
            driver: tokio::spawn(connection),
        })
    }

    /// The next change; none when the kernel's socket is gone.
    pub async fn next(&mut self) -> Option<HostEvent> {
        self.messages.next().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn event(message: &RouteNetlinkMessage) -> Option<HostEvent> {
    match message {
        RouteNetlinkMessage::NewLink(_) | RouteNetlinkMessage::DelLink(_) => Some(HostEvent::Link),
        RouteNetlinkMessage::NewAddress(_) | RouteNetlinkMessage::DelAddress(_) => {
            Some(HostEvent::Address)
        }
        RouteNetlinkMessage::NewRoute(route) | RouteNetlinkMessage::DelRoute(route) => {
            matters(route).then_some(HostEvent::Route)
        }
        _ => None,
    }
}

fn matters(route: &RouteMessage) -> bool {
    route.header.protocol != RouteProtocol::Other(ROUTE_PROTOCOL)
        && route.header.kind == RouteType::Unicast
}
