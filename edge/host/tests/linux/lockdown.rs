//! What leaves a computer with a lockdown, packet by packet.
#![expect(clippy::unwrap_used, reason = "a test may")]

use super::support::{in_namespaces, run};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, SockaddrStorage, connect, getsockopt, sendto,
    socket, sockopt::SocketError,
};
use spoke_host::{Host, HostEvent, Outcome, Watch};
use spoke_plan::{Change, Lockdown, Platform};
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

/// How long the kernel takes at the most to tell that a connection is refused.
const REFUSAL: Duration = Duration::from_millis(50);

/// Whether a datagram to there leaves; the kernel tells a sender that it may not.
fn udp(to: &str) -> bool {
    leaves(to, SockType::Datagram)
}

/// Whether the first packet of a TCP connection to there leaves.
fn tcp(to: &str) -> bool {
    leaves(to, SockType::Stream)
}

fn leaves(to: &str, kind: SockType) -> bool {
    let to: SocketAddr = to.parse().unwrap();
    let family = match to.is_ipv4() {
        true => AddressFamily::Inet,
        false => AddressFamily::Inet6,
    };
    let from = socket(family, kind, SockFlag::SOCK_NONBLOCK, None).unwrap();
    let address = SockaddrStorage::from(to);
    let sent = match kind {
        SockType::Datagram => {
            sendto(from.as_raw_fd(), b"probe", &address, MsgFlags::empty()).map(drop)
        }
        // A refusal comes as a message of its own here.
        _ => connect(from.as_raw_fd(), &address).or_else(|_| {
            std::thread::sleep(REFUSAL);
            match getsockopt(&from, SocketError).unwrap() {
                0 => Ok(()),
                number => Err(Errno::from_raw(number)),
            }
        }),
    };
    match sent {
        Ok(()) | Err(Errno::ECONNREFUSED) => true,
        Err(Errno::EPERM | Errno::EACCES | Errno::EHOSTUNREACH) => false,
        Err(other) => unreachable!("{to}: {other}"),
    }
}

async fn set(host: &Host, to: Option<&Lockdown>) -> Outcome {
    let change = Change::SetLockdown {
        from: None,
        to: to.cloned(),
    };
    host.apply(&change).await.unwrap()
}

#[test]
fn only_what_a_lockdown_names_leaves() {
    in_namespaces(async || {
        run("ip link add inner0 type veth peer name inner1");
        run("ip link set inner1 up");
        run("ip addr add 10.20.0.1/16 dev inner0");
        run("ip link set inner0 up");
        run("ip -6 addr add 2001:db8::10/64 dev eth0 nodad");
        let host = Host::open().unwrap();
        let everywhere = [
            "192.168.1.7:9",
            "203.0.113.5:443",
            "10.20.0.9:9",
            "[2001:db8::7]:443",
        ];
        assert!(everywhere.iter().all(|to| udp(to)), "without a lockdown");
        assert_eq!(set(&host, None).await, Outcome::AlreadySo);

        let closed = Lockdown::default();
        assert_eq!(set(&host, Some(&closed)).await, Outcome::Done);
        assert!(!everywhere.iter().any(|to| udp(to)), "closed");
        assert!(udp("127.0.0.1:9") && udp("[::1]:9"), "what stays here");
        assert!(!udp("203.0.113.5:53") && !tcp("203.0.113.5:443"));

        let gateway = Lockdown {
            interface: Some("inner0".to_owned()),
            gateways: ["203.0.113.5", "2001:db8::7"]
                .map(|ip| ip.parse().unwrap())
                .into(),
            ..closed.clone()
        };
        set(&host, Some(&gateway)).await;
        set(&host, Some(&gateway)).await;
        assert!(udp("203.0.113.5:1194") && udp("[2001:db8::7]:443"));
        assert!(udp("10.20.0.9:9"), "through the tunnel");
        assert!(!udp("192.168.1.7:9") && !udp("203.0.113.6:443"));

        let names = Lockdown {
            names: true,
            ..closed.clone()
        };
        set(&host, Some(&names)).await;
        assert!(udp("203.0.113.9:53") && tcp("203.0.113.9:853"));
        assert!(!udp("203.0.113.9:54") && !tcp("203.0.113.9:443"));

        let of_root = Lockdown {
            sign_in: Some(0),
            ..closed.clone()
        };
        set(&host, Some(&of_root)).await;
        assert!(tcp("203.0.113.9:443") && !tcp("203.0.113.9:80") && !udp("203.0.113.9:443"));
        let of_another = Lockdown {
            sign_in: Some(4711),
            ..closed
        };
        set(&host, Some(&of_another)).await;
        assert!(!tcp("203.0.113.9:443"), "another user's sign-in");

        assert_eq!(set(&host, None).await, Outcome::Done);
        assert!(everywhere.iter().all(|to| udp(to)), "taken back");
    });
}

#[test]
fn another_programs_change_of_the_filter_is_heard_and_our_own_is_not() {
    in_namespaces(async || {
        let host = Host::open().unwrap();
        let is_locked = async || match host.view().await.unwrap().platform {
            Platform::Linux(linux) => linux.locked,
            Platform::MacOs(_) => false,
        };
        let mut watch = Watch::open().unwrap();
        set(&host, Some(&Lockdown::default())).await;
        assert!(is_locked().await);
        let unheard = tokio::time::timeout(Duration::from_millis(200), watch.next());
        assert!(unheard.await.is_err(), "our own");
        // The kernel tells programs apart by their threads' names.
        let flush = std::thread::Builder::new().name("another".to_owned());
        let flushed = flush.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let host = Host::open().unwrap();
                set(&host, None).await
            })
        });
        assert_eq!(flushed.unwrap().join().unwrap(), Outcome::Done);
        let heard = tokio::time::timeout(Duration::from_secs(5), watch.next());
        assert_eq!(heard.await.unwrap(), Some(HostEvent::Service));
        assert!(!is_locked().await);
    });
}
