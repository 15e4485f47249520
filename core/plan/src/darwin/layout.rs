//! Sizes, offsets and numbers of the kernel's structures.

/// Version of messages on a routing socket (`RTM_VERSION`).
pub const VERSION: u8 = 5;

/// Size of `struct rt_msghdr`, in bytes.
pub const ROUTE_HEADER: usize = 92;
/// Size of `struct if_msghdr`, in bytes.
pub const INTERFACE_HEADER: usize = 112;
/// Where the MTU is in `struct if_msghdr` (`ifm_data.ifi_mtu`).
pub const INTERFACE_MTU: usize = 24;
/// Size of `struct ifa_msghdr`, in bytes.
pub const ADDRESS_HEADER: usize = 20;

/// Size of `struct ifreq`, in bytes.
pub const INTERFACE_REQUEST: usize = 32;
/// Size of `struct ifaliasreq`, in bytes.
pub const IN_ALIAS_REQUEST: usize = 64;
/// Size of `struct in6_aliasreq`, in bytes.
pub const IN6_ALIAS_REQUEST: usize = 128;

/// Message types (`RTM_*`).
pub mod kind {
    /// `RTM_ADD`.
    pub const ADD: u8 = 0x1;
    /// `RTM_DELETE`.
    pub const DELETE: u8 = 0x2;
    /// `RTM_CHANGE`.
    pub const CHANGE: u8 = 0x3;
    /// `RTM_GET`.
    pub const GET: u8 = 0x4;
    /// `RTM_NEWADDR`.
    pub const NEW_ADDRESS: u8 = 0xc;
    /// `RTM_DELADDR`.
    pub const DELETED_ADDRESS: u8 = 0xd;
    /// `RTM_IFINFO`.
    pub const INTERFACE: u8 = 0xe;
}

/// Flags of routes (`RTF_*`).
pub mod flag {
    /// `RTF_UP`.
    pub const UP: u32 = 0x1;
    /// `RTF_GATEWAY`.
    pub const GATEWAY: u32 = 0x2;
    /// `RTF_HOST`.
    pub const HOST: u32 = 0x4;
    /// `RTF_REJECT`.
    pub const REJECT: u32 = 0x8;
    /// `RTF_LLINFO`.
    pub const LINK_LAYER: u32 = 0x400;
    /// `RTF_STATIC`.
    pub const STATIC: u32 = 0x800;
    /// `RTF_BLACKHOLE`.
    pub const BLACKHOLE: u32 = 0x1000;
    /// `RTF_WASCLONED`.
    pub const WAS_CLONED: u32 = 0x2_0000;
    /// The third of three flags that belong to whoever sets routes (`RTF_PROTO3`): Spoke's
    /// mark. The kernel uses the second for itself.
    pub const PROTOCOL_3: u32 = 0x4_0000;
    /// `RTF_MULTICAST`.
    pub const MULTICAST: u32 = 0x80_0000;
    /// For sockets that are bound to the interface, and for no other (`RTF_IFSCOPE`).
    pub const SCOPED: u32 = 0x100_0000;
}

/// Which addresses follow a header, in this order (`RTA_*`).
pub mod address {
    /// `RTA_DST`.
    pub const DESTINATION: u32 = 0x1;
    /// `RTA_GATEWAY`.
    pub const GATEWAY: u32 = 0x2;
    /// `RTA_NETMASK`.
    pub const NETMASK: u32 = 0x4;
    /// `RTA_IFP`.
    pub const INTERFACE: u32 = 0x10;
    /// The interface's own address (`RTA_IFA`).
    pub const OWN: u32 = 0x20;
    /// How many there can be (`RTAX_MAX`).
    pub const MOST: usize = 8;
}

/// Address families (`AF_*`).
pub mod family {
    /// `AF_INET`.
    pub const INET: u8 = 2;
    /// `AF_LINK`.
    pub const LINK: u8 = 18;
    /// `AF_INET6`.
    pub const INET6: u8 = 30;
}
