//! A lockdown: a table of our own in the kernel's packet filter, set as a whole.

use super::nftables::{self, Base, Batch, Compare, Hook, Meta, Rule};
use crate::error::HostError;
use crate::outcome::Outcome;
use nix::unistd::User;
use spoke_plan::{Change, Lockdown, Passage, Protocol, Who};
use std::io;
use std::net::IpAddr;

/// Ours: nobody else has one of this name.
const TABLE: &str = "spoke";
const OUTPUT: &str = "output";
const FORWARD: &str = "forward";

/// The user that systemd-resolved runs as.
const RESOLVER: &str = "systemd-resolve";

/// Protocol numbers and families (IANA, `linux/netfilter.h`).
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;
const IPV4: u8 = 2;
const IPV6: u8 = 10;

/// Longest name of a link with its end (`IFNAMSIZ`).
const LINK_NAME: usize = 16;

/// Sets a lockdown in the place of the one there is, or takes it back.
pub(crate) fn set(to: Option<&Lockdown>, change: &Change) -> Result<Outcome, HostError> {
    match to {
        Some(lockdown) => table(lockdown).commit().map(|()| Outcome::Done),
        None => removal(),
    }
    .map_err(|source| HostError::Kernel {
        operation: change.to_string(),
        source,
    })
}

/// Whether there is one. Where nobody can be asked there can be none.
pub(crate) fn is_set() -> bool {
    nftables::has_table(TABLE).unwrap_or(false)
}

fn removal() -> io::Result<Outcome> {
    let mut batch = Batch::new();
    batch.remove_table(TABLE);
    match batch.commit() {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(Outcome::AlreadySo),
        Err(error) => Err(error),
    }
}

fn table(lockdown: &Lockdown) -> Batch {
    let mut batch = Batch::new();
    // Only what is there can be removed.
    batch.table(TABLE);
    batch.remove_table(TABLE);
    batch.table(TABLE);
    batch.chain(TABLE, OUTPUT, Hook::Output);
    batch.rule(TABLE, OUTPUT, &leaving_by("lo").accept());
    for rule in lockdown.passages().iter().flat_map(rules) {
        batch.rule(TABLE, OUTPUT, &rule.accept());
    }
    batch.rule(TABLE, OUTPUT, &Rule::default().reject());
    batch.chain(TABLE, FORWARD, Hook::Forward);
    if let Some(tunnel) = &lockdown.interface {
        batch.rule(TABLE, FORWARD, &leaving_by(tunnel).accept());
        let back = Rule::default().meta(Meta::InterfaceIn, &link_name(tunnel));
        batch.rule(TABLE, FORWARD, &back.accept());
    }
    batch.rule(TABLE, FORWARD, &Rule::default().reject());
    batch
}

/// The conditions of what may pass.
fn rules(passage: &Passage) -> Vec<Rule> {
    match passage {
        Passage::Link(link) => vec![leaving_by(link)],
        Passage::Dhcp => vec![ports(IPV4, 68, 67), ports(IPV6, 546, 547)],
        Passage::Neighbours => {
            // From router solicitation to neighbour advertisement (RFC 4861).
            let rule = Rule::default().meta(Meta::Protocol, &[ICMPV6]);
            let rule = rule.bytes(Base::Transport, 0, Compare::AtLeast, &[133]);
            vec![rule.bytes(Base::Transport, 0, Compare::AtMost, &[136])]
        }
        Passage::Address { user, address } => of_user(*user)
            .map(|rule| to_address(rule, *address))
            .into_iter()
            .collect(),
        Passage::Port {
            user,
            protocol,
            port,
        } => of_user(*user)
            .map(|rule| {
                let protocol = match protocol {
                    Protocol::Tcp => TCP,
                    Protocol::Udp => UDP,
                };
                rule.meta(Meta::Protocol, &[protocol]).bytes(
                    Base::Transport,
                    2,
                    Compare::Equal,
                    &port.to_be_bytes(),
                )
            })
            .into_iter()
            .collect(),
    }
}

fn leaving_by(link: &str) -> Rule {
    Rule::default().meta(Meta::InterfaceOut, &link_name(link))
}

fn link_name(name: &str) -> [u8; LINK_NAME] {
    let mut field = [0; LINK_NAME];
    for (place, byte) in field.iter_mut().zip(name.bytes()) {
        *place = byte;
    }
    field
}

/// UDP of a family from one port to another.
fn ports(family: u8, from: u16, to: u16) -> Rule {
    let [a, b] = from.to_be_bytes();
    let [c, d] = to.to_be_bytes();
    Rule::default()
        .meta(Meta::Family, &[family])
        .meta(Meta::Protocol, &[UDP])
        .bytes(Base::Transport, 0, Compare::Equal, &[a, b, c, d])
}

/// None where there is no such user.
fn of_user(user: Who) -> Option<Rule> {
    let id = match user {
        Who::User(id) => id,
        Who::Resolver => User::from_name(RESOLVER).ok()??.uid.as_raw(),
    };
    Some(Rule::default().meta(Meta::SocketUser, &id.to_ne_bytes()))
}

/// Destination addresses stand at byte 16 of an IPv4 header (RFC 791), and at byte 24 of
/// an IPv6 one (RFC 8200).
fn to_address(rule: Rule, address: IpAddr) -> Rule {
    match address {
        IpAddr::V4(ip) => {
            rule.meta(Meta::Family, &[IPV4])
                .bytes(Base::Network, 16, Compare::Equal, &ip.octets())
        }
        IpAddr::V6(ip) => {
            rule.meta(Meta::Family, &[IPV6])
                .bytes(Base::Network, 24, Compare::Equal, &ip.octets())
        }
    }
}
