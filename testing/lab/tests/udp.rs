//! The main job over UDP, and what only UDP has: an address that changes under a
//! connection, and datagrams from anybody.

mod common;

use socket2::{Domain, Protocol, Socket, Type};
use spoke_engine::{Digest, Side, TlsAuthKey, Wrap, Wrapping};
use spoke_lab::{GREETING, Lab, LabError, Options, digest, pattern, places, quietly};
use spoke_moment::WallTime;
use spoke_wire::{Control, FirstByte, KeyDirection, Message, Opcode, SessionId, StaticKey};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const BYTES: usize = 5_000_000;
/// Hard resets from as many addresses.
const FLOOD: u32 = 100_000;

fn ready_for_udp(lab: &mut Lab) -> Result<(), LabError> {
    common::ready_to_connect(lab)?;
    let set = lab.spoke(&["profile", "set", places::PROFILE, "transport=udp"])?;
    assert!(set.success(), "{set:?}");
    Ok(())
}

fn connect_by_udp(lab: &mut Lab) -> Result<(), LabError> {
    ready_for_udp(lab)?;
    connect(lab)
}

fn connect(lab: &Lab) -> Result<(), LabError> {
    let connected = lab.spoke(&["connect", "--timeout", "40s"])?;
    assert!(
        connected.success(),
        "{connected:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    Ok(())
}

#[test]
fn a_connection_over_udp_outlives_a_change_of_address() {
    spoke_lab::test_inside(
        "a_connection_over_udp_outlives_a_change_of_address",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            connect_by_udp(&mut lab)?;
            let status = lab.spoke(&["status", "-v"])?;
            assert!(status.stdout.contains("UDP"), "{status:?}");
            moves(&lab)?;

            lab.move_user()?;
            moves(&lab)?;
            let log = lab.gateway_log();
            assert!(log.contains("event=floated"), "{log}\n{}", lab.daemon_log());
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");

            lab.move_user_back()?;
            moves(&lab)?;
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            assert!(lab.gateway_log().contains("event=closed"));
            Ok(())
        },
    );
}

#[test]
fn ipv6_goes_through_the_tunnel_over_ipv4() {
    spoke_lab::test_inside(
        "ipv6_goes_through_the_tunnel_over_ipv4",
        || -> Result<(), LabError> {
            let mut options = Options::default();
            options.gateway.ipv6 = true;
            let mut lab = Lab::up(options)?;
            lab.network.add_ipv6()?;
            let before = lab.host_snapshot()?;
            connect_by_udp(&mut lab)?;
            let words = ["-6", "-c", "3", "-i", "0.2", places::INTRANET_V6];
            let ping = lab.user_runs("ping", &words, quietly)?;
            assert!(ping.success(), "{ping:?}\n{}", lab.daemon_log());
            moves(&lab)?;
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}

#[test]
fn a_gateway_that_is_not_there_says_so_at_once() {
    spoke_lab::test_inside(
        "a_gateway_that_is_not_there_says_so_at_once",
        || -> Result<(), LabError> {
            let mut lab = Lab::without_gateway(Options::default())?;
            ready_for_udp(&mut lab)?;
            let failed = lab.spoke(&["connect", "--timeout", "40s"])?;
            assert_eq!(failed.code(), Some(6), "{failed:?}");
            let text = format!("{}{}", failed.stdout, failed.stderr).to_lowercase();
            assert!(text.contains("refused"), "{text}");
            Ok(())
        },
    );
}

#[test]
fn a_flood_of_first_packets_costs_nothing() {
    spoke_lab::test_inside(
        "a_flood_of_first_packets_costs_nothing",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            ready_for_udp(&mut lab)?;
            let before = lab.gateway_memory()?;
            let secret = lab.profile.server_secret.clone();
            let internet = lab.network.internet.clone();
            let connected = Arc::new(AtomicBool::new(false));
            let enough = Arc::clone(&connected);
            let flood = std::thread::spawn(move || internet.run(move || flood(&secret, &enough)));
            // In the middle of it somebody wants to work. (The network itself loses
            // packets then; that is not the gateway's to mend.)
            connect(&lab)?;
            connected.store(true, Ordering::Relaxed);
            let sent = flood.join().expect("the flood ends")??;
            assert!(sent >= FLOOD);
            moves(&lab)?;
            let after = lab.gateway_memory()?;
            println!("gateway: {before} KiB before {sent} resets, {after} KiB after them");
            assert!(after < before + 8 * 1024, "{before} KiB, then {after} KiB");
            let log = lab.gateway_log();
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");
            Ok(())
        },
    );
}

/// Traffic both ways, unharmed.
fn moves(lab: &Lab) -> Result<(), LabError> {
    let ping = lab.user_runs("ping", &["-c", "3", "-i", "0.2", "10.20.0.10"], quietly)?;
    assert!(
        ping.success(),
        "{ping:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    let page = lab.user_runs("curl", &["-sS", "http://10.20.0.10/"], quietly)?;
    assert!(page.stdout.contains(GREETING), "{page:?}");
    let script = format!(
        "set -eu\ncurl -sS http://10.20.0.10/bytes/{BYTES} -o down\n\
         sha256sum < down | cut -d' ' -f1\n\
         curl -sS --data-binary @down http://10.20.0.10/digest\n"
    );
    let moved = lab.user_runs("sh", &["-c", &script], quietly)?;
    let expected = digest(&pattern(BYTES));
    let sums: Vec<&str> = moved.stdout.split_whitespace().collect();
    assert_eq!(sums, [&expected, &expected], "{moved:?}");
    Ok(())
}

/// Genuine first packets, each from another address; what anybody can send who knows
/// the secret that all clients share. It ends when there have been enough of them and
/// somebody has connected in spite of them.
fn flood(secret: &str, connected: &AtomicBool) -> Result<u32, LabError> {
    let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(255)))
        .map_err(LabError::io("open a raw socket"))?;
    let key = StaticKey::parse_hex(secret).map_err(LabError::other("read the secret"))?;
    let wrapping = Wrapping::TlsAuth(TlsAuthKey {
        key,
        digest: Digest::Sha256,
        direction: KeyDirection::Inverse,
    });
    let mut wrap = Wrap::new(&wrapping, Side::Client);
    let unix = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let to = SocketAddr::from((places::GATEWAY, 443));
    let begun = Instant::now();
    let mut number = 0;
    while number < FLOOD || !connected.load(Ordering::Relaxed) {
        let mut id = [1; 8];
        id[..4].copy_from_slice(&number.to_be_bytes());
        let mut rest = Vec::new();
        let control = Control {
            acks: Vec::new(),
            receiver: None,
            message: Some(Message {
                id: 0,
                payload: &[],
            }),
        };
        control.encode(&mut rest);
        let first = FirstByte {
            opcode: Opcode::HardResetClientV2,
            key_id: 0,
        };
        let wall = WallTime::from_unix(unix.as_secs());
        let packet = wrap
            .wrap(wall, first, SessionId::from_random(id), &rest)
            .map_err(LabError::other("wrap a packet"))?;
        let from = SocketAddrV4::new(Ipv4Addr::from(0x6440_0000 + number), 40_000);
        // What the socket does not take is sent again: the flood has a number.
        while socket
            .send_to(
                &datagram(from, SocketAddrV4::new(places::GATEWAY, 443), &packet),
                &to.into(),
            )
            .is_err()
        {
            std::thread::sleep(Duration::from_micros(100));
        }
        number += 1;
        // At most 20,000 a second.
        let due = Duration::from_micros(50 * u64::from(number));
        if let Some(early) = due.checked_sub(begun.elapsed()) {
            std::thread::sleep(early);
        }
    }
    Ok(number)
}

/// A UDP datagram in an IPv4 packet; the kernel fills in the checksum of the one and
/// the other needs none.
fn datagram(from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let udp_len = u16::try_from(8 + payload.len()).unwrap_or(u16::MAX);
    let mut packet = vec![0x45, 0];
    packet.extend((20 + udp_len).to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 17, 0, 0]);
    packet.extend(from.ip().octets());
    packet.extend(to.ip().octets());
    packet.extend(from.port().to_be_bytes());
    packet.extend(to.port().to_be_bytes());
    packet.extend(udp_len.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(payload);
    packet
}
