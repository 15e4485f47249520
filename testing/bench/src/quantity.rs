//! What is measured.

/// A quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// From the client to the server by one TCP stream.
    UpOne,
    /// From the server to the client by one TCP stream.
    DownOne,
    /// Up by four streams at once.
    UpFour,
    /// Down by four streams at once.
    DownFour,
    /// The client's processor time for what goes up by one stream.
    UpOneCpu,
    /// The same down.
    DownOneCpu,
    /// The same up by four.
    UpFourCpu,
    /// The same down by four.
    DownFourCpu,
    /// The server's processor time for what goes up by one stream.
    UpServerCpu,
    /// The same down.
    DownServerCpu,
    /// How busy the server's process is meanwhile: it has one thread, so it bounds what goes up at 100.
    UpServerBusy,
    /// The same down.
    DownServerBusy,
    /// A ping's round trip with nothing else under way: the median.
    IdlePing,
    /// The same: 99 of 100 are shorter.
    IdlePingTail,
    /// A ping's round trip beside one stream up: the median.
    UpPing,
    /// The same: 99 of 100 are shorter.
    UpPingTail,
    /// A ping's round trip beside one stream down: the median.
    DownPing,
    /// The same: 99 of 100 are shorter.
    DownPingTail,
    /// Datagrams of 64 bytes that arrive while as many as possible are sent up.
    Flood,
    /// The client's processor time for a datagram of 64 bytes, of 20,000 a second.
    PacketCpu,
    /// From the start of the connecting program to the first answered ping.
    Connect,
    /// The most memory that the client has held.
    Memory,
    /// What of the client's memory is its own and not that of a file, after all of it.
    OwnMemory,
    /// Bytes that arrived as they were sent, up and down together.
    Whole,
    /// Times that new keys came into use meanwhile.
    NewKeys,
}

/// Which way a quantity gets better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Upwards.
    More,
    /// Downwards.
    Less,
}

impl Quantity {
    /// All, in the order of the tables.
    pub const ALL: [Self; 25] = [
        Self::UpOne,
        Self::DownOne,
        Self::UpFour,
        Self::DownFour,
        Self::UpOneCpu,
        Self::DownOneCpu,
        Self::UpFourCpu,
        Self::DownFourCpu,
        Self::UpServerCpu,
        Self::DownServerCpu,
        Self::UpServerBusy,
        Self::DownServerBusy,
        Self::IdlePing,
        Self::IdlePingTail,
        Self::UpPing,
        Self::UpPingTail,
        Self::DownPing,
        Self::DownPingTail,
        Self::Flood,
        Self::PacketCpu,
        Self::Connect,
        Self::Memory,
        Self::OwnMemory,
        Self::Whole,
        Self::NewKeys,
    ];

    /// Its name and unit in the tables.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::UpOne => "up, 1 stream, Gbit/s",
            Self::DownOne => "down, 1 stream, Gbit/s",
            Self::UpFour => "up, 4 streams, Gbit/s",
            Self::DownFour => "down, 4 streams, Gbit/s",
            Self::UpOneCpu => "client CPU up, s/GB",
            Self::DownOneCpu => "client CPU down, s/GB",
            Self::UpFourCpu => "client CPU up, 4 streams, s/GB",
            Self::DownFourCpu => "client CPU down, 4 streams, s/GB",
            Self::UpServerCpu => "server CPU up, s/GB",
            Self::DownServerCpu => "server CPU down, s/GB",
            Self::UpServerBusy => "server busy up, % of a processor",
            Self::DownServerBusy => "server busy down, % of a processor",
            Self::IdlePing => "idle ping p50, µs",
            Self::IdlePingTail => "idle ping p99, µs",
            Self::UpPing => "ping during up p50, ms",
            Self::UpPingTail => "ping during up p99, ms",
            Self::DownPing => "ping during down p50, ms",
            Self::DownPingTail => "ping during down p99, ms",
            Self::Flood => "64-byte datagrams, thousands/s",
            Self::PacketCpu => "client CPU at 20,000 packets/s, µs/packet",
            Self::Connect => "connect, ms",
            Self::Memory => "client's peak memory, MiB",
            Self::OwnMemory => "client's memory that is no file's, MiB",
            Self::Whole => "bytes with the right SHA-256, GB",
            Self::NewKeys => "new keys meanwhile",
        }
    }

    /// Which way it gets better.
    #[must_use]
    pub const fn better(self) -> Better {
        match self {
            Self::UpOne
            | Self::DownOne
            | Self::UpFour
            | Self::DownFour
            | Self::Flood
            | Self::Whole
            | Self::NewKeys => Better::More,
            _ => Better::Less,
        }
    }
}
