//! Messages to nf_tables, the kernel's packet filter (`linux/netfilter/nf_tables.h`): as
//! much of them as a table of our own takes.

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, sendto,
    socket,
};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};

/// Of `linux/netfilter/nfnetlink.h` and `nf_tables.h`.
const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const NEW_TABLE: u16 = SUBSYSTEM << 8;
const GET_TABLE: u16 = SUBSYSTEM << 8 | 1;
const DELETE_TABLE: u16 = SUBSYSTEM << 8 | 2;
const NEW_CHAIN: u16 = SUBSYSTEM << 8 | 3;
const NEW_RULE: u16 = SUBSYSTEM << 8 | 6;
/// What is told after each batch, with the name of who made it.
const NEW_GENERATION: u16 = SUBSYSTEM << 8 | 15;
const WHO: u16 = 3;
/// The group to which it is told (`NFNLGRP_NFTABLES`), as a bit.
const CHANGES: u32 = 1 << (7 - 1);
/// `NFPROTO_INET`: both families of the internet protocol.
const BOTH_FAMILIES: u8 = 1;

/// Of `linux/netlink.h`.
const REQUEST: u16 = 0x1;
const ACKNOWLEDGE: u16 = 0x4;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;
const ERROR: u16 = 0x2;
const NESTED: u16 = 0x8000;
const HEADER: usize = 16;

/// The one register that is used, `NFT_REG_1`; the verdict has register 0.
const REGISTER: u32 = 1;

/// Where the kernel looks at packets that leave (`enum nf_inet_hooks`).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Hook {
    /// Those of somebody else, passed on.
    Forward = 2,
    /// This computer's own.
    Output = 3,
}

/// What can be asked of a packet (`enum nft_meta_keys`).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Meta {
    InterfaceIn = 6,
    InterfaceOut = 7,
    SocketUser = 10,
    Family = 15,
    Protocol = 16,
}

/// Where bytes of a packet are counted from (`enum nft_payload_bases`).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Base {
    Network = 1,
    Transport = 2,
}

/// How bytes are compared (`enum nft_cmp_ops`).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Compare {
    Equal = 0,
    AtMost = 3,
    AtLeast = 5,
}

/// Conditions of one rule, and its verdict.
#[derive(Debug, Default)]
pub(crate) struct Rule(Vec<u8>);

impl Rule {
    /// A property of the packet is exactly this.
    pub(crate) fn meta(mut self, key: Meta, is: &[u8]) -> Self {
        self.expression("meta", |data| {
            number(data, 1, REGISTER);
            number(data, 2, key as u32);
        });
        self.compare(Compare::Equal, is)
    }

    /// Bytes of the packet compare like this.
    pub(crate) fn bytes(mut self, base: Base, offset: u32, how: Compare, with: &[u8]) -> Self {
        self.expression("payload", |data| {
            number(data, 1, REGISTER);
            number(data, 2, base as u32);
            number(data, 3, offset);
            number(data, 4, u32::try_from(with.len()).unwrap_or_default());
        });
        self.compare(how, with)
    }

    /// It may pass.
    pub(crate) fn accept(mut self) -> Self {
        self.expression("immediate", |data| {
            number(data, 1, 0);
            nested(data, 2, |data| {
                nested(data, 2, |verdict| number(verdict, 1, 1));
            });
        });
        self
    }

    /// It may not, and the sender is told so (`NFT_REJECT_ICMPX_ADMIN_PROHIBITED`).
    pub(crate) fn reject(mut self) -> Self {
        self.expression("reject", |data| {
            number(data, 1, 2);
            attribute(data, 2, &[3]);
        });
        self
    }

    fn compare(mut self, how: Compare, with: &[u8]) -> Self {
        self.expression("cmp", |data| {
            number(data, 1, REGISTER);
            number(data, 2, how as u32);
            nested(data, 3, |data| attribute(data, 1, with));
        });
        self
    }

    fn expression(&mut self, name: &str, data: impl FnOnce(&mut Vec<u8>)) {
        nested(&mut self.0, 1, |expression| {
            text(expression, 1, name);
            nested(expression, 2, data);
        });
    }
}

/// Messages that take effect together or not at all.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    messages: u32,
}

impl Batch {
    pub(crate) fn new() -> Self {
        let mut batch = Self {
            bytes: Vec::new(),
            messages: 0,
        };
        batch.message(BATCH_BEGIN, REQUEST, 0, SUBSYSTEM, |_| ());
        batch
    }

    /// Makes a table, unless it is there.
    pub(crate) fn table(&mut self, table: &str) {
        self.change(NEW_TABLE, CREATE, |body| text(body, 1, table));
    }

    /// Removes a table with all that is in it.
    pub(crate) fn remove_table(&mut self, table: &str) {
        self.change(DELETE_TABLE, 0, |body| text(body, 1, table));
    }

    /// Makes a chain that drops what no rule accepts.
    pub(crate) fn chain(&mut self, table: &str, chain: &str, hook: Hook) {
        self.change(NEW_CHAIN, CREATE, |body| {
            text(body, 1, table);
            text(body, 3, chain);
            nested(body, 4, |body| {
                number(body, 1, hook as u32);
                number(body, 2, 0);
            });
            number(body, 5, 0);
            text(body, 7, "filter");
        });
    }

    /// Puts a rule at the end of a chain.
    pub(crate) fn rule(&mut self, table: &str, chain: &str, rule: &Rule) {
        self.change(NEW_RULE, CREATE | APPEND, |body| {
            text(body, 1, table);
            text(body, 2, chain);
            attribute(body, 4 | NESTED, &rule.0);
        });
    }

    /// Has the kernel do it.
    ///
    /// # Errors
    /// The first refusal; nothing has changed then.
    pub(crate) fn commit(mut self) -> io::Result<()> {
        let wanted = self.messages - 1;
        self.message(BATCH_END, REQUEST, 0, SUBSYSTEM, |_| ());
        let socket = sent(&self.bytes)?;
        let mut answered = 0;
        let mut answer = vec![0; 1 << 16];
        // The kernel answers while it is sent to: what is not there by now does not come.
        while answered < wanted {
            let length = recv(socket.as_raw_fd(), &mut answer, MsgFlags::MSG_DONTWAIT)?;
            answered += verdicts(answer.get(..length).unwrap_or_default())?;
        }
        Ok(())
    }

    /// One message by itself.
    fn alone(kind: u16, flags: u16, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut single = Self {
            bytes: Vec::new(),
            messages: 0,
        };
        single.message(kind, REQUEST | flags, BOTH_FAMILIES, 0, body);
        single.bytes
    }

    fn change(&mut self, kind: u16, flags: u16, body: impl FnOnce(&mut Vec<u8>)) {
        self.message(kind, REQUEST | ACKNOWLEDGE | flags, BOTH_FAMILIES, 0, body);
    }

    fn message(
        &mut self,
        kind: u16,
        flags: u16,
        family: u8,
        resource: u16,
        body: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(flags.to_ne_bytes());
        self.bytes.extend(self.messages.to_ne_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend([family, 0]);
        self.bytes.extend(resource.to_be_bytes());
        body(&mut self.bytes);
        let length = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        if let Some(place) = self.bytes.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_ne_bytes());
        }
        self.messages += 1;
    }
}

/// Whether there is a table of this name.
pub(crate) fn has_table(table: &str) -> io::Result<bool> {
    let socket = sent(&Batch::alone(GET_TABLE, 0, |body| text(body, 1, table)))?;
    let mut answer = vec![0; 1 << 12];
    let length = recv(socket.as_raw_fd(), &mut answer, MsgFlags::MSG_DONTWAIT)?;
    match verdicts(answer.get(..length).unwrap_or_default()) {
        Ok(_) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A socket on which the kernel tells of every change.
pub(crate) fn changes() -> io::Result<OwnedFd> {
    open(NetlinkAddr::new(0, CHANGES), SockFlag::SOCK_NONBLOCK)
}

/// Whether a message that was read from that socket tells of somebody else's changes than
/// `own`'s, a thread's name.
pub(crate) fn is_by_another(mut message: &[u8], own: &str) -> bool {
    while let (Some(length), Some(kind)) = (
        array(message, 0).map(u32::from_ne_bytes),
        array(message, 4).map(u16::from_ne_bytes),
    ) {
        let length = usize::try_from(length).unwrap_or(usize::MAX).max(HEADER);
        if kind == NEW_GENERATION {
            let body = message.get(HEADER + 4..length).unwrap_or_default();
            let who = attribute_of(body, WHO).unwrap_or_default();
            let who = who.split(|byte| *byte == 0).next();
            if who != Some(own.as_bytes()) {
                return true;
            }
        }
        message = message.get(padded(length)..).unwrap_or_default();
    }
    false
}

/// The value of one of a message's attributes.
fn attribute_of(mut body: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16::from_ne_bytes(array(body, 0)?));
        let kind = u16::from_ne_bytes(array(body, 2)?);
        if kind == wanted {
            return body.get(4..length);
        }
        body = body.get(padded(length.max(4))..)?;
    }
}

fn open(address: NetlinkAddr, flags: SockFlag) -> io::Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC | flags,
        SockProtocol::NetlinkNetFilter,
    )?;
    bind(socket.as_raw_fd(), &address)?;
    Ok(socket)
}

/// A socket on which this was sent to the kernel.
fn sent(bytes: &[u8]) -> io::Result<OwnedFd> {
    let kernel = NetlinkAddr::new(0, 0);
    let socket = open(kernel, SockFlag::empty())?;
    sendto(socket.as_raw_fd(), bytes, &kernel, MsgFlags::empty())?;
    Ok(socket)
}

/// How many requests are done by an answer's messages.
fn verdicts(mut answer: &[u8]) -> io::Result<u32> {
    let mut done = 0;
    while answer.len() >= HEADER + 4 {
        let (Some(length), Some(kind), Some(code)) = (
            array(answer, 0).map(u32::from_ne_bytes),
            array(answer, 4).map(u16::from_ne_bytes),
            array(answer, HEADER).map(i32::from_ne_bytes),
        ) else {
            break;
        };
        if kind == ERROR && code != 0 {
            return Err(io::Error::from_raw_os_error(-code));
        }
        done += u32::from(kind == ERROR);
        let length = usize::try_from(length).unwrap_or(usize::MAX).max(HEADER);
        answer = answer.get(padded(length)..).unwrap_or_default();
    }
    Ok(done)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// Messages and attributes begin at multiples of four bytes.
const fn padded(length: usize) -> usize {
    length.saturating_add(3) & !3
}

fn attribute(to: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    to.extend(length.to_ne_bytes());
    to.extend(kind.to_ne_bytes());
    to.extend(value);
    to.resize(padded(to.len()), 0);
}

fn number(to: &mut Vec<u8>, kind: u16, value: u32) {
    attribute(to, kind, &value.to_be_bytes());
}

fn text(to: &mut Vec<u8>, kind: u16, value: &str) {
    let mut bytes = value.as_bytes().to_vec();
    bytes.push(0);
    attribute(to, kind, &bytes);
}

fn nested(to: &mut Vec<u8>, kind: u16, body: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    body(&mut inner);
    attribute(to, kind | NESTED, &inner);
}
