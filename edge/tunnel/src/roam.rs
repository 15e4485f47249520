use crate::event::{Ending, Event};
use crate::flow::Flow;
use spoke_wire::{DataHeader, PING, PushReply};
use std::net::IpAddr;

/// What decides whether a tunnel can move to another address of this machine.
#[derive(Debug, Default)]
pub(crate) struct Roaming {
    /// Our addresses inside the tunnel.
    inside: Vec<IpAddr>,
    /// The peer knows us by number.
    numbered: bool,
}

impl Roaming {
    /// Notes the peer's configuration, or a change of it. The number is given once.
    pub(crate) fn configure(&mut self, reply: &PushReply, again: bool) {
        let v4 = reply.ifconfig.map(|given| given.local.into());
        let v6 = reply.ifconfig_ipv6.map(|given| given.local.into());
        self.inside = v4.into_iter().chain(v6).collect();
        if !again {
            self.numbered = reply.peer_id.is_some_and(|id| id < DataHeader::NO_PEER_ID);
        }
    }
}

impl Flow {
    /// The session has heard the peer: over UDP it is known now which one that is.
    pub(crate) fn settle(&mut self) {
        let Some(datagrams) = self.transport.datagrams() else {
            return;
        };
        if let Some(peer) = datagrams.settle()
            && let Some(local) = datagrams.local()
        {
            (self.tell)(Event::Reached { peer, local });
        }
    }

    /// Goes on from another address of this machine, or ends.
    pub(crate) fn roam(&mut self) {
        let known = self.roaming.numbered;
        let moved = match self.transport.datagrams() {
            Some(datagrams) if known => datagrams
                .rebind()
                .map(|()| (datagrams.peer(), datagrams.local())),
            _ => Ok((None, None)),
        };
        let why = match moved {
            Ok((Some(peer), Some(local))) if !self.roaming.inside.contains(&local.ip()) => {
                (self.tell)(Event::Reached { peer, local });
                // The peer learns of the new address by the next data packet.
                self.seal_own(&PING);
                return;
            }
            Ok((_, Some(_))) => "the only way to the peer left is the tunnel itself".to_owned(),
            Ok(_) => "the way to the peer is gone".to_owned(),
            Err(error) => format!("the way to the peer is gone: {error}"),
        };
        self.closed = Some(Ending::Transport(why));
    }

    /// Tells of an error on the way to the peer, once.
    pub(crate) fn report_trouble(&mut self) {
        if let Some(datagrams) = self.transport.datagrams()
            && let Some(error) = datagrams.trouble()
        {
            (self.tell)(Event::Trouble(error.to_string()));
        }
    }
}
