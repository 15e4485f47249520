use super::layout::{
    ADDRESS_HEADER, INTERFACE_HEADER, INTERFACE_MTU, ROUTE_HEADER, address, flag, kind,
};
use super::*;
use crate::event::HostEvent;
use crate::route::{Route, Via};
use crate::view::KnownRoute;
use ipnet::IpNet;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;

const UTUN: u16 = 17;
const WIFI: u16 = 4;

fn names() -> BTreeMap<u32, String> {
    [(UTUN.into(), "utun6"), (WIFI.into(), "en0")]
        .map(|(index, name)| (index, name.to_owned()))
        .into()
}

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn past(prefix: &str, gateway: Option<&str>) -> Route {
    Route {
        prefix: net(prefix),
        via: Via::Physical {
            interface: "en0".to_owned(),
            gateway: gateway.map(|ip| ip.parse().unwrap()),
            onlink: false,
        },
    }
}

/// A message with its addresses behind a header as long as it is for its kind.
fn message(kind: u8, link: u16, flags: u32, with: u32, addresses: &[u8]) -> Vec<u8> {
    let about_routes = [kind::ADD, kind::DELETE, kind::CHANGE, kind::GET].contains(&kind);
    let header = match kind {
        kind::INTERFACE => INTERFACE_HEADER,
        _ if about_routes => ROUTE_HEADER,
        _ => ADDRESS_HEADER,
    };
    let mut bytes = vec![0; header];
    bytes.extend(addresses);
    let length = u16::try_from(bytes.len()).unwrap();
    bytes[..2].copy_from_slice(&length.to_le_bytes());
    bytes[2] = 5;
    bytes[3] = kind;
    let (at_link, at_addresses) = if about_routes { (4, 12) } else { (12, 4) };
    bytes[at_link..at_link + 2].copy_from_slice(&link.to_le_bytes());
    bytes[8..12].copy_from_slice(&flags.to_le_bytes());
    bytes[at_addresses..at_addresses + 4].copy_from_slice(&with.to_le_bytes());
    bytes
}

#[test]
fn a_route_into_the_tunnel_names_the_device_in_the_place_of_a_gateway() {
    let route = Route::into_tunnel(net("10.20.0.0/16"), "utun6");
    let bytes = route_message(RouteAction::Add, &route, UTUN, 7);
    assert_eq!(bytes.len(), 92 + 16 + 20 + 16 + 20);
    // Length, version, RTM_ADD, link; RTF_UP, RTF_STATIC, RTF_PROTO3; RTA_DST, RTA_GATEWAY,
    // RTA_NETMASK, RTA_IFP; process, sequence.
    let header = [
        164, 0, 5, 1, 17, 0, 0, 0, 0x01, 0x08, 0x04, 0, 0x17, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0,
    ];
    assert_eq!(bytes[..24], header);
    assert!(bytes[24..92].iter().all(|byte| *byte == 0));
    assert_eq!(
        bytes[92..108],
        [16, 2, 0, 0, 10, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    );
    let link = [
        20, 18, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    assert_eq!(bytes[108..128], link);
    assert_eq!(
        bytes[128..144],
        [16, 2, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(bytes[144..], link);
}

#[test]
fn a_host_past_the_tunnel_goes_by_its_router_and_has_no_netmask() {
    let route = past("203.0.113.5/32", Some("192.168.1.1"));
    let bytes = route_message(RouteAction::Delete, &route, WIFI, 1);
    assert_eq!(bytes[3], 2, "RTM_DELETE");
    // RTF_UP, RTF_GATEWAY, RTF_HOST; RTA_DST, RTA_GATEWAY, RTA_IFP.
    assert_eq!(bytes[8], 0x07);
    assert_eq!(bytes[12], 0x13);
    assert_eq!(bytes[96..100], [203, 0, 113, 5]);
    assert_eq!(bytes[112..116], [192, 168, 1, 1]);
    assert_eq!(bytes.len(), 92 + 16 + 16 + 20);
}

#[test]
fn a_link_local_router_carries_its_link() {
    let route = past("2001:db8::/32", Some("fe80::1"));
    let bytes = route_message(RouteAction::Add, &route, WIFI, 1);
    // length, family, port, flow, then fe80:4::1.
    let router = &bytes[92 + 28..92 + 56];
    assert_eq!(router[..2], [28, 30]);
    assert_eq!(router[8..12], [0xfe, 0x80, 0, 4]);
    assert_eq!(router[23], 1);
    let mut back = bytes.clone();
    back[3] = kind::GET;
    assert!(route.is(&routes(&back, &names())[0]));
}

#[test]
fn a_prefix_that_leads_nowhere_is_rejected_at_once() {
    let route = Route {
        prefix: net("::/1"),
        via: Via::Nowhere,
    };
    let bytes = route_message(RouteAction::Add, &route, 0, 1);
    // RTF_UP, RTF_GATEWAY, RTF_REJECT; RTA_DST, RTA_GATEWAY, RTA_NETMASK.
    assert_eq!(bytes[8], 0x0b);
    assert_eq!(bytes[12], 0x07);
}

#[test]
fn netmasks_are_as_the_kernel_shortens_them() {
    let v4: IpAddr = "192.168.86.0".parse().unwrap();
    let v6: IpAddr = "fd00::".parse().unwrap();
    let length = super::socket_address::netmask_length;
    for (bytes, of, expected) in [
        // As macOS was seen to write 255.255.255.0: no family, and nothing after the ones.
        (&[7, 255, 255, 255, 255, 255, 255][..], v4, Some(24)),
        (&[0], v4, Some(0)),
        (&[5, 0, 0, 0, 128], v4, Some(1)),
        (&[6, 2, 0, 0, 255, 240], v4, Some(12)),
        (&[8, 2, 0, 0, 255, 255, 255, 255], v4, Some(32)),
        (&[8, 2, 0, 0, 255, 0, 255, 0], v4, None),
        (&[5, 0, 0, 0, 0b1010_0000], v4, None),
        (
            &[14, 30, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255],
            v6,
            Some(48),
        ),
        (&[0], v6, Some(0)),
    ] {
        assert_eq!(length(bytes, of), expected, "{bytes:?}");
    }
}

#[test]
fn a_table_as_the_kernel_tells_it_is_read() {
    // The addresses of one message as macOS wrote them, of Wi-Fi's own network.
    let connected = [
        0x10, 0x2, 0, 0, 0xc0, 0xa8, 0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0, // destination
        0x14, 0x12, 4, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // link 4
        7, 255, 255, 255, 255, 255, 255, 0, // netmask
    ];
    let with = address::DESTINATION | address::GATEWAY | address::NETMASK;
    let mut dump = message(kind::GET, WIFI, flag::UP, with, &connected);
    let default = [
        16, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // destination
        16, 2, 0, 0, 192, 168, 86, 1, 0, 0, 0, 0, 0, 0, 0, 0, // router
        0, 0, 0, 0, // netmask
    ];
    let by_router = flag::UP | flag::GATEWAY | flag::STATIC;
    dump.extend(message(kind::GET, WIFI, by_router, with, &default));
    // The same for sockets bound to another link, a neighbour's entry, and a refusal.
    let scoped = by_router | flag::SCOPED;
    dump.extend(message(kind::GET, UTUN, scoped, with, &default));
    let neighbour = flag::UP | flag::HOST | flag::LINK_LAYER;
    dump.extend(message(kind::GET, WIFI, neighbour, 3, &connected));
    dump.extend(message(
        kind::GET,
        WIFI,
        by_router | flag::REJECT,
        with,
        &default,
    ));
    let seen = routes(&dump, &names());
    let expected = |prefix: &str, gateway: Option<&str>| KnownRoute {
        prefix: net(prefix),
        interface: Some("en0".to_owned()),
        gateway: gateway.map(|ip| ip.parse().unwrap()),
        onlink: false,
        metric: 0,
        ours: false,
        announced: false,
    };
    let refusal = KnownRoute {
        interface: None,
        ..expected("0.0.0.0/0", None)
    };
    assert_eq!(
        seen,
        [
            expected("192.168.86.0/24", None),
            expected("0.0.0.0/0", Some("192.168.86.1")),
            refusal
        ]
    );
}

#[test]
fn links_and_their_addresses_are_read() {
    let mut name = vec![20, 18, 4, 0, 6, 3, 0, 0];
    name.extend(b"en0");
    name.resize(20, 0);
    let mut dump = message(kind::INTERFACE, WIFI, 0x8863, address::INTERFACE, &name);
    dump[INTERFACE_MTU..INTERFACE_MTU + 2].copy_from_slice(&1500_u16.to_le_bytes());
    let own = [
        7, 2, 0, 0, 255, 255, 255, 0, // netmask
        16, 2, 0, 0, 192, 168, 86, 20, 0, 0, 0, 0, 0, 0, 0, 0, // own
        16, 2, 0, 0, 192, 168, 86, 255, 0, 0, 0, 0, 0, 0, 0, 0, // broadcast
    ];
    let with = address::NETMASK | address::OWN | 0x80;
    dump.extend(message(kind::NEW_ADDRESS, WIFI, 0, with, &own));
    let links = links(&dump);
    assert_eq!(links.len(), 1);
    assert_eq!(links[0].name, "en0");
    assert_eq!((links[0].index, links[0].mtu, links[0].up), (4, 1500, true));
    assert_eq!(links[0].addresses, [net("192.168.86.20/24")]);
}

#[test]
fn what_spoke_does_itself_and_what_the_kernel_derives_is_no_event() {
    let own = Route::into_tunnel(net("10.20.0.0/16"), "utun6");
    let own = route_message(RouteAction::Add, &own, UTUN, 1);
    assert_eq!(events(&own), []);
    let derived = flag::UP | flag::HOST | flag::WAS_CLONED;
    assert_eq!(events(&message(kind::ADD, WIFI, derived, 0, &[])), []);
    let mut several = message(kind::DELETE, WIFI, flag::UP | flag::GATEWAY, 0, &[]);
    several.extend(message(kind::INTERFACE, WIFI, 0, 0, &[]));
    several.extend(message(kind::DELETED_ADDRESS, WIFI, 0, 0, &[]));
    several.extend(message(kind::INTERFACE, UTUN, 0, 0, &[]));
    assert_eq!(
        events(&several),
        [HostEvent::Route, HostEvent::Link, HostEvent::Address]
    );
    // RTM_MISS: somebody has asked for a way that is not there.
    several[3] = 7;
    assert!(!events(&several).contains(&HostEvent::Route));
}

#[test]
fn requests_about_interfaces_have_the_kernels_layout() {
    let add = InterfaceRequest::add_address("utun6", net("172.16.201.7/24")).unwrap();
    assert_eq!((add.code, add.bytes.len()), (0x8040_691a, 64));
    assert_eq!(add.bytes[..6], *b"utun6\0");
    let own = [16, 2, 0, 0, 172, 16, 201, 7, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(add.bytes[16..32], own);
    assert_eq!(add.bytes[32..48], own);
    assert_eq!(add.bytes[48..56], [16, 2, 0, 0, 255, 255, 255, 255]);

    let add = InterfaceRequest::add_address("utun6", net("fd00:1::2/64")).unwrap();
    assert_eq!((add.code, add.bytes.len()), (0x8080_691a, 128));
    assert_eq!(add.family, RequestFamily::Inet6);
    assert_eq!(add.bytes[16..18], [28, 30]);
    assert_eq!(add.bytes[24..28], [0xfd, 0, 0, 1]);
    assert_eq!(add.bytes[44..72], [0; 28]);
    assert_eq!(add.bytes[72..74], [28, 30]);
    assert_eq!(add.bytes[80..96], [255; 16]);
    assert_eq!(add.bytes[100..104], [0x20, 0, 0, 0]);
    assert_eq!(add.bytes[120..128], [255; 8]);

    let remove = InterfaceRequest::remove_address("utun6", net("fd00:1::2/64")).unwrap();
    assert_eq!((remove.code, remove.bytes.len()), (0x8120_6919, 288));
    let remove = InterfaceRequest::remove_address("utun6", net("172.16.201.7/24")).unwrap();
    assert_eq!((remove.code, remove.bytes.len()), (0x8020_6919, 32));

    let mtu = InterfaceRequest::set_mtu("utun6", 1400).unwrap();
    assert_eq!(mtu.code, 0x8020_6934);
    assert_eq!(mtu.bytes[16..20], [0x78, 5, 0, 0]);
    let flags = InterfaceRequest::set_flags("utun6", 0x8051).unwrap();
    assert_eq!(flags.flags(), Some(0x8051));
    assert_eq!(InterfaceRequest::set_mtu("sixteen-letters-", 1400), None);
}

/// `_IOW` and `_IOWR` of `sys/ioccom.h`: direction, size, group and number.
#[test]
fn request_numbers_hold_the_size_of_what_they_point_to() {
    let any = net("10.0.0.1/32");
    let six = net("fd00::1/128");
    for request in [
        InterfaceRequest::add_address("utun6", any),
        InterfaceRequest::add_address("utun6", six),
        InterfaceRequest::remove_address("utun6", any),
        InterfaceRequest::remove_address("utun6", six),
        InterfaceRequest::set_mtu("utun6", 1400),
        InterfaceRequest::ask_flags("utun6"),
        InterfaceRequest::set_flags("utun6", 1),
    ] {
        let request = request.unwrap();
        let size = usize::try_from(request.code >> 16 & 0x1fff).unwrap();
        assert_eq!(size, request.bytes.len(), "{:x}", request.code);
        assert_eq!(request.code >> 8 & 0xff, u64::from(b'i'));
    }
}

#[test]
fn a_devices_name_says_its_unit() {
    for (name, unit) in [
        ("utun", Some(0)),
        ("utun0", Some(1)),
        ("utun6", Some(7)),
        ("utun06", None),
        ("utun-1", None),
        ("utun4294967295", None),
        ("spoke0", None),
        ("", None),
    ] {
        assert_eq!(utun_unit(name), unit, "{name}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_as_ours(route in any_route()) {
        let link = match &route.via {
            Via::Tunnel { .. } => UTUN,
            Via::Physical { .. } => WIFI,
            Via::Nowhere | Via::Backstop => 0,
        };
        let mut bytes = route_message(RouteAction::Add, &route, link, 1);
        prop_assert_eq!(bytes.len() % 4, 0);
        bytes[3] = kind::GET;
        let seen = routes(&bytes, &names());
        prop_assert_eq!(seen.len(), 1);
        prop_assert!(route.is(&seen[0]), "{:?}", seen);
    }
}

fn any_route() -> impl Strategy<Value = Route> {
    let prefix =
        (any::<IpAddr>(), 0..=128_u8).prop_filter_map("an embedded link", |(ip, length)| {
            let longest = if ip.is_ipv4() { 32 } else { 128 };
            let prefix = IpNet::new(ip, length % (longest + 1)).ok()?.trunc();
            // In addresses of this kind the kernel keeps the link's number.
            (!net("fe80::/10").contains(&prefix)).then_some(prefix)
        });
    (prefix, 0..4_u8).prop_map(|(prefix, way)| {
        let gateway = match (prefix.addr(), way) {
            (_, 1) => None,
            (IpAddr::V4(_), _) => Some("192.168.1.1".parse().unwrap()),
            (IpAddr::V6(_), _) => Some("fe80::1".parse().unwrap()),
        };
        let via = match way {
            0 => return Route::into_tunnel(prefix, "utun6"),
            3 => Via::Nowhere,
            _ => Via::Physical {
                interface: "en0".to_owned(),
                gateway,
                onlink: false,
            },
        };
        Route { prefix, via }
    })
}
