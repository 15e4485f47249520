//! Laws of pushed configurations: what is written is read, whatever comes does not panic.

use proptest::prelude::*;
use spoke_wire::{
    AuthFailure, AuthToken, Compression, ControlMessage, DataHeader, DhcpOption, DnsServer,
    DnsSettings, Ifconfig, Inactive, MessageReader, PushError, PushJoiner, PushReply, PushText,
    RedirectGateway, Route, RouteGateway, Topology,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

fn reply() -> impl Strategy<Value = PushReply> {
    let route = (
        any::<Ipv4Addr>(),
        0u8..=32,
        0u8..3,
        any::<Ipv4Addr>(),
        proptest::option::of(any::<u32>()),
    )
        .prop_map(|(network, len, way, address, metric)| Route {
            metric,
            gateway: match way {
                0 => RouteGateway::Tunnel,
                1 => RouteGateway::Outside,
                _ => RouteGateway::Address(address),
            },
            ..Route::into_tunnel(network, len)
        });
    let routes = proptest::collection::vec(route, 0..200);
    let addresses = (
        proptest::option::of((any::<Ipv4Addr>(), any::<Ipv4Addr>())),
        any::<bool>(),
        100u16..,
    );
    let channel = (
        proptest::option::of(0..=DataHeader::NO_PEER_ID),
        any::<bool>(),
        any::<bool>(),
        "[!-+.-~]{1,90}",
        "[!-+.-~]{0,3}",
    );
    let dns = (
        any::<IpAddr>(),
        any::<u16>(),
        0u8..128,
        "[a-z]{1,10}\\.[a-z]{2,5}",
    );
    (
        routes,
        addresses,
        channel,
        dns,
        any::<[bool; 7]>(),
        any::<(u32, u64)>(),
    )
        .prop_map(
            |(
                routes,
                (ifconfig, subnet, mtu),
                (peer_id, tls_ekm, token, word, user),
                (server, port, priority, domain),
                flags,
                (seconds, bytes),
            )| {
                let mut reply = PushReply {
                    routes,
                    peer_id,
                    ifconfig: ifconfig.map(|(local, mask_or_remote)| Ifconfig {
                        local,
                        mask_or_remote,
                    }),
                    topology: subnet.then_some(Topology::Subnet),
                    tun_mtu: Some(mtu),
                    auth_token: token.then(|| AuthToken::new(word)),
                    auth_token_user: token.then_some(user),
                    inactive: Some(Inactive { seconds, bytes }),
                    redirect_gateway: Some(RedirectGateway {
                        def1: flags[0],
                        local: flags[1],
                        bypass_dhcp: flags[2],
                        bypass_dns: flags[3],
                        block_local: flags[4],
                        ipv6: flags[5],
                        not_ipv4: flags[6],
                        autolocal: flags[5],
                    }),
                    redirect_private: flags[0].then(|| RedirectGateway {
                        block_local: flags[1],
                        ..RedirectGateway::default()
                    }),
                    hand_window: flags[2].then_some(seconds),
                    reneg_sec: flags[3].then_some(seconds),
                    dhcp_options: vec![DhcpOption::Dns(server), DhcpOption::Domain(domain.clone())],
                    dns: DnsSettings {
                        servers: vec![DnsServer {
                            priority,
                            addresses: vec![SocketAddr::new(server, port)],
                            resolve_domains: vec![domain.clone()],
                            ..DnsServer::default()
                        }],
                        search_domains: vec![domain],
                    },
                    ..PushReply::default()
                };
                reply.protocol_flags.tls_ekm = tls_ekm;
                reply
            },
        )
}

proptest! {
    #[test]
    fn a_configuration_survives_the_way(reply in reply()) {
        let mut reader = MessageReader::default();
        let mut joiner = PushJoiner::default();
        let mut read = None;
        for part in reply.to_parts().expect("sendable") {
            let bytes = ControlMessage::PushReply(part).encode();
            prop_assert!(bytes.len() <= 1024, "a part of {} bytes", bytes.len());
            reader.add(&bytes).expect("not too long");
            let Some(Ok(ControlMessage::PushReply(part))) = reader.next() else {
                panic!("no message");
            };
            read = joiner.add_reply(&part).expect("usable");
        }
        prop_assert_eq!(read, Some(reply));
    }

    #[test]
    fn no_text_panics(text in "(PUSH_REPLY,|AUTH_FAILED,|PUSH_UPDATE,)?[a-z0-9 ,.:/\"'\\\\?!\\[\\]-]{0,80}") {
        if let Ok(message) = ControlMessage::parse(text.as_bytes()) {
            let bytes = message.encode();
            prop_assert!(ControlMessage::parse(&bytes[..bytes.len() - 1]).is_ok());
            if let ControlMessage::PushReply(options) = message {
                let _ = PushReply::parse(&options);
            }
        }
    }

    #[test]
    fn messages_come_out_however_the_bytes_are_cut(cuts in proptest::collection::vec(1usize..9, 1..20)) {
        let bytes = b"PUSH_REQUEST\0\0INFO,hello\r\n\0EXIT\0";
        let mut reader = MessageReader::default();
        let mut seen = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.into_iter().chain([bytes.len()]) {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            reader.add(now).expect("short");
            while let Some(message) = reader.next() {
                seen.push(message.expect("printable"));
            }
            rest = later;
        }
        prop_assert_eq!(seen, [ControlMessage::PushRequest, ControlMessage::Info("hello".to_owned()), ControlMessage::Exit]);
    }
}

fn parse(options: &str) -> Result<PushReply, PushError> {
    PushReply::parse(&PushText::new(options))
}

#[test]
fn what_keys_and_addresses_depend_on_must_be_right() {
    for options in [
        "ifconfig 10.0.0.1",
        "ifconfig 10.0.0.1 host.example",
        "peer-id 16777216",
        "peer-id -2",
        "tun-mtu 99",
        "cipher",
        "topology ring",
        "auth-token-user ===",
        "cipher \"AES",
    ] {
        assert!(parse(options).is_err(), "{options}");
    }
    assert!(matches!(
        parse("protocol-flags tls-ekm new-keys"),
        Err(PushError::UnknownFlag { .. })
    ));
    assert!(matches!(
        parse("key-derivation other"),
        Err(PushError::UnknownFlag { .. })
    ));
    assert_eq!(
        parse("peer-id -1").map(|r| r.peer_id),
        Ok(Some(DataHeader::NO_PEER_ID))
    );
    assert!(
        parse("key-derivation tls-ekm")
            .expect("usable")
            .protocol_flags
            .tls_ekm
    );
}

#[test]
fn framings_of_compression_are_known_and_other_compressions_are_refused() {
    for (option, expected) in [
        ("comp-lzo no", Compression::LzoStub),
        ("comp-lzo", Compression::Lzo),
        ("comp-lzo yes", Compression::Lzo),
        ("comp-lzo adaptive", Compression::Lzo),
        ("compress lzo", Compression::Lzo),
        ("compress", Compression::Stub),
        ("compress stub", Compression::Stub),
        ("compress lz4", Compression::Lz4),
        ("compress stub-v2", Compression::StubV2),
        ("compress lz4-v2", Compression::Lz4V2),
    ] {
        let reply = parse(option).expect("usable");
        assert_eq!(reply.compression, Some(expected), "{option}");
        let again = parse(&reply.to_options().join(",")).expect("usable");
        assert_eq!(again.compression, Some(expected), "{option}");
    }
    for option in ["compress snappy", "compress lz4 fast", "comp-lzo maybe"] {
        let refused = parse(option);
        assert!(
            matches!(refused, Err(PushError::Compression { .. })),
            "{option}"
        );
    }
}

#[test]
fn what_is_kept_only_for_showing_is_bounded() {
    let text = PushText::new("an-option-of-the-future,".repeat(5000));
    assert_eq!(PushReply::parse(&text).expect("usable").unused.len(), 500);
}

#[test]
fn what_can_be_done_without_is_kept_for_showing() {
    let options = "route host.example,route 10.0.0.0 255.0.255.0,dns server 200 address 1.2.3.4,dhcp-option DNS x,\
        up /bin/sh,setenv LD_PRELOAD x,dhcp-option DOMAIN a;b,dns search-domains a$b,ping 1x";
    let reply = parse(options).expect("usable");
    assert_eq!(reply.unused.len(), 9);
    assert_eq!(
        PushReply {
            unused: vec![],
            ..reply
        },
        PushReply::default()
    );
}

#[test]
fn an_unknown_flag_does_not_keep_traffic_out_of_the_tunnel() {
    let reply = parse("redirect-gateway warp def1").expect("usable");
    assert!(reply.redirect_gateway.is_some_and(|redirect| redirect.def1));
}

#[test]
fn host_bits_of_a_route_are_dropped() {
    let reply = parse("route 10.1.2.3 255.255.0.0 vpn_gateway 5,route 10.1.2.3").expect("usable");
    let [wide, host] = reply.routes.as_slice() else {
        panic!("two routes");
    };
    assert_eq!(
        (wide.network, wide.prefix_len, wide.metric),
        (Ipv4Addr::new(10, 1, 0, 0), 16, Some(5))
    );
    assert_eq!(
        (host.network, host.prefix_len),
        (Ipv4Addr::new(10, 1, 2, 3), 32)
    );
}

#[test]
fn tokens_are_not_printed() {
    let message = ControlMessage::parse(b"PUSH_REPLY,auth-token s3cret").expect("printable");
    assert!(!format!("{message:?}").contains("s3cret"));
    let reply = parse("auth-token s3cret").expect("usable");
    assert!(!format!("{reply:?}").contains("s3cret"));
    let error = parse("auth-token s3cret twice").expect_err("too many values");
    assert!(!error.to_string().contains("s3cret"));
}

#[test]
fn an_option_that_is_meant_to_be_a_token_is_not_printed_and_reads_back_as_itself() {
    for option in [
        "auth-token-of-tomorrow s3cret",
        "auth-token\\\\\\\\ s3cret",
        "\"auth-token s3cret",
        "auth-'token s3cret",
        "\\\"auth-token s3cret",
    ] {
        let reply = parse(option).expect("usable");
        assert!(!format!("{reply:?}").contains("s3cret"), "{reply:?}");
        assert!(reply.unused[0].ends_with(" (hidden)"), "{reply:?}");
        let parts = reply.to_parts().expect("writable");
        let mut joiner = PushJoiner::default();
        assert_eq!(joiner.add_reply(&parts[0]), Ok(Some(reply)));
    }
}

#[test]
fn endless_configurations_and_messages_end() {
    let mut joiner = PushJoiner::default();
    let part = PushText::new(format!("{},push-continuation 2", "x".repeat(1000)));
    let ends = (0..1000).any(|_| joiner.add(&part).is_err());
    assert!(ends);
    let mut reader = MessageReader::default();
    assert!((0..100).any(|_| reader.add(&[b'x'; 1000]).is_err()));
    assert!(ControlMessage::parse(b"INFO,\x1b[2J").is_err());
    assert!(ControlMessage::parse(b"EXIT\x07").is_err());
}

#[test]
fn a_reason_in_another_code_page_is_still_a_reason() {
    let message = ControlMessage::parse(b"AUTH_FAILED,Kennwort ung\xfcltig");
    let reason = "Kennwort ung\u{fffd}ltig".to_owned();
    let refused = AuthFailure::Refused { reason };
    assert_eq!(message, Ok(ControlMessage::AuthFailed(refused)));
}

#[test]
fn what_cannot_be_written_is_not_sent() {
    let unused = |option: &str| PushReply {
        unused: vec![option.to_owned()],
        ..PushReply::default()
    };
    assert!(matches!(
        unused("echo a,b").to_parts(),
        Err(PushError::Unsendable { .. })
    ));
    assert!(matches!(
        unused("echo a\nb").to_parts(),
        Err(PushError::Unsendable { .. })
    ));
    assert!(matches!(
        unused(&"x".repeat(1024)).to_parts(),
        Err(PushError::OptionTooLong { .. })
    ));
    assert_eq!(
        PushReply::default().to_parts().map(|parts| parts.len()),
        Ok(1)
    );
}
