/// Who sits at the other end of a local socket, by the kernel's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Process id; only for logs, since it can be reused.
    pub pid: i32,
}

impl Peer {
    /// Whether the peer is the superuser.
    #[must_use]
    pub const fn is_root(self) -> bool {
        self.uid == 0
    }
}

/// One open socket of a client; numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(pub u64);

/// Where the answer to a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The socket it came from.
    pub client: ClientId,
    /// The client's number for it.
    pub id: u64,
}

/// Number of one try to reach a gateway; what arrives for an older one is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt(pub u64);
