//! Holds the layouts that `spoke_plan` writes and reads to those of the C library: when
//! one is wrong, this does not compile.

use spoke_plan::darwin::layout::{
    ADDRESS_HEADER, IN_ALIAS_REQUEST, IN6_ALIAS_REQUEST, INTERFACE_HEADER, INTERFACE_MTU,
    INTERFACE_REQUEST, ROUTE_HEADER, VERSION, address, family, flag, kind,
};
use std::mem::{offset_of, size_of};

const SIZES: &[(usize, usize)] = &[
    (ROUTE_HEADER, size_of::<libc::rt_msghdr>()),
    (INTERFACE_HEADER, size_of::<libc::if_msghdr>()),
    (ADDRESS_HEADER, size_of::<libc::ifa_msghdr>()),
    (INTERFACE_REQUEST, size_of::<libc::ifreq>()),
    (IN_ALIAS_REQUEST, size_of::<libc::ifaliasreq>()),
    (IN6_ALIAS_REQUEST, size_of::<libc::in6_aliasreq>()),
    (288, size_of::<libc::in6_ifreq>()),
    (16, size_of::<libc::sockaddr_in>()),
    (28, size_of::<libc::sockaddr_in6>()),
    (20, size_of::<libc::sockaddr_dl>()),
];

const OFFSETS: &[(usize, usize)] = &[
    (
        INTERFACE_MTU,
        offset_of!(libc::if_msghdr, ifm_data) + offset_of!(libc::if_data, ifi_mtu),
    ),
    (4, offset_of!(libc::rt_msghdr, rtm_index)),
    (8, offset_of!(libc::rt_msghdr, rtm_flags)),
    (12, offset_of!(libc::rt_msghdr, rtm_addrs)),
    (20, offset_of!(libc::rt_msghdr, rtm_seq)),
    (4, offset_of!(libc::if_msghdr, ifm_addrs)),
    (8, offset_of!(libc::if_msghdr, ifm_flags)),
    (12, offset_of!(libc::if_msghdr, ifm_index)),
    (4, offset_of!(libc::ifa_msghdr, ifam_addrs)),
    (12, offset_of!(libc::ifa_msghdr, ifam_index)),
    (4, offset_of!(libc::sockaddr_in, sin_addr)),
    (8, offset_of!(libc::sockaddr_in6, sin6_addr)),
    (2, offset_of!(libc::sockaddr_dl, sdl_index)),
    (5, offset_of!(libc::sockaddr_dl, sdl_nlen)),
    (8, offset_of!(libc::sockaddr_dl, sdl_data)),
    (16, offset_of!(libc::in6_aliasreq, ifra_addr)),
    (72, offset_of!(libc::in6_aliasreq, ifra_prefixmask)),
    (100, offset_of!(libc::in6_aliasreq, ifra_flags)),
];

const NUMBERS: &[(u32, libc::c_int)] = &[
    (VERSION as u32, libc::RTM_VERSION),
    (kind::ADD as u32, libc::RTM_ADD),
    (kind::DELETE as u32, libc::RTM_DELETE),
    (kind::CHANGE as u32, libc::RTM_CHANGE),
    (kind::GET as u32, libc::RTM_GET),
    (kind::NEW_ADDRESS as u32, libc::RTM_NEWADDR),
    (kind::DELETED_ADDRESS as u32, libc::RTM_DELADDR),
    (kind::INTERFACE as u32, libc::RTM_IFINFO),
    (flag::UP, libc::RTF_UP),
    (flag::GATEWAY, libc::RTF_GATEWAY),
    (flag::HOST, libc::RTF_HOST),
    (flag::REJECT, libc::RTF_REJECT),
    (flag::LINK_LAYER, libc::RTF_LLINFO),
    (flag::STATIC, libc::RTF_STATIC),
    (flag::BLACKHOLE, libc::RTF_BLACKHOLE),
    (flag::WAS_CLONED, libc::RTF_WASCLONED),
    (flag::PROTOCOL_3, libc::RTF_PROTO3),
    (flag::MULTICAST, libc::RTF_MULTICAST),
    (flag::SCOPED, libc::RTF_IFSCOPE),
    (address::DESTINATION, libc::RTA_DST),
    (address::GATEWAY, libc::RTA_GATEWAY),
    (address::NETMASK, libc::RTA_NETMASK),
    (address::INTERFACE, libc::RTA_IFP),
    (address::OWN, libc::RTA_IFA),
    (address::MOST as u32, libc::RTAX_MAX),
    (family::INET as u32, libc::AF_INET),
    (family::LINK as u32, libc::AF_LINK),
    (family::INET6 as u32, libc::AF_INET6),
];

const _: () = {
    let mut at = 0;
    while at < SIZES.len() {
        assert!(SIZES[at].0 == SIZES[at].1);
        at += 1;
    }
    at = 0;
    while at < OFFSETS.len() {
        assert!(OFFSETS[at].0 == OFFSETS[at].1);
        at += 1;
    }
    at = 0;
    while at < NUMBERS.len() {
        assert!(NUMBERS[at].0 == NUMBERS[at].1 as u32);
        at += 1;
    }
};
