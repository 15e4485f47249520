//! Two pumps between real tun devices, which give and take super-packets.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests may fail like tests"
)]

mod common;

use common::{MTU, SOON, World, in_a_namespace, ip, until, world};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use spoke_engine::{Credentials, TransportKind};
use spoke_host::TunDevice;
use spoke_tunnel::{Event, Transport, TunIo};
use spoke_wire::PushReply;
use std::fs::File;
use std::io::{IoSlice, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const NEAR: [&str; 2] = ["10.9.0.1", "fd09::1"];
const FAR: [&str; 2] = ["10.9.0.2", "fd09::2"];
/// Bytes of each transfer over TCP.
const AMOUNT: usize = 24_000_000;

/// A machine of its own, as far as the network goes, with a tun device in it.
struct Machine(File);

impl Machine {
    fn start(name: &str, addresses: [&str; 2], bare: bool) -> (Self, TunIo) {
        let (name, addresses) = (name.to_owned(), addresses.map(str::to_owned));
        thread::spawn(move || {
            unshare(CloneFlags::CLONE_NEWNET).unwrap();
            let device = match bare {
                true => TunDevice::open_bare(&name),
                false => TunDevice::open(&name),
            };
            let device = device.unwrap();
            for address in addresses {
                let length = if address.contains(':') { 64 } else { 24 };
                ip(&format!("addr add {address}/{length} dev {name} nodad"));
            }
            ip(&format!("link set {name} mtu {MTU} up"));
            let network = File::open("/proc/thread-self/ns/net").unwrap();
            (Self(network), TunIo::new(device.into_descriptor(), MTU))
        })
        .join()
        .unwrap()
    }

    /// Does something in this machine's network.
    fn within<T: Send>(&self, what: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let done = scope.spawn(|| {
                setns(&self.0, CloneFlags::CLONE_NEWNET).unwrap();
                what()
            });
            done.join().unwrap()
        })
    }

    /// The average length of what its device passed to the tunnel and got from there.
    fn lengths(&self, name: &str) -> [u64; 2] {
        let text = self.within(|| ip(&format!("-s link show {name}")));
        let after = |title: &str| {
            let mut lines = text.lines().skip_while(|line| !line.contains(title));
            let numbers = lines.nth(1).unwrap();
            let mut numbers = numbers.split_whitespace().map(|word| word.parse().unwrap());
            let bytes: u64 = numbers.next().unwrap();
            bytes / numbers.next().unwrap()
        };
        [after("TX:"), after("RX:")]
    }
}

fn over_tcp() -> World {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    let [near, far] = [near, far].map(|stream| Transport::tcp(stream).unwrap());
    world(near, far, TransportKind::Tcp)
}

fn over_udp() -> World {
    let [near, far] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    near.connect(far.local_addr().unwrap()).unwrap();
    far.connect(near.local_addr().unwrap()).unwrap();
    let [near, far] = [near, far].map(|socket| Transport::udp_connected(socket).unwrap());
    world(near, far, TransportKind::Udp)
}

fn over_unix() -> World {
    let (near, far) = UnixStream::pair().unwrap();
    let [near, far] = [near, far].map(|stream| Transport::unix(stream).unwrap());
    world(near, far, TransportKind::Tcp)
}

/// Content that shows where it belongs.
fn content(seed: usize, length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| ((at + seed).wrapping_mul(0x9e37_79b1) >> 13) as u8)
        .collect()
}

/// Sends both ways over one connection at once and compares every byte.
fn exchange(near: &Machine, far: &Machine, address: &str, amount: usize) {
    let at: IpAddr = address.parse().unwrap();
    let listener = far.within(|| TcpListener::bind((at, 0)).unwrap());
    let target = listener.local_addr().unwrap();
    let one = near.within(|| TcpStream::connect_timeout(&target, SOON).unwrap());
    let other = listener.accept().unwrap().0;
    thread::scope(|scope| {
        for (seed, from, to) in [(1, &one, &other), (2, &other, &one)] {
            let expected = content(seed, amount);
            let sent = expected.clone();
            scope.spawn(move || {
                let mut from = from;
                // Writes of all sizes make segments of all sizes.
                for (number, piece) in sent.chunks(99_991).enumerate() {
                    let (head, tail) = piece.split_at(piece.len().min(number * 7 % 3000));
                    from.write_all(head).unwrap();
                    from.write_all(tail).unwrap();
                }
            });
            scope.spawn(move || {
                let mut to = to;
                to.set_read_timeout(Some(SOON)).unwrap();
                let mut got = vec![0; amount];
                to.read_exact(&mut got).unwrap();
                assert!(got == expected, "the bytes differ");
            });
        }
    });
}

/// Datagrams of all sizes, fragments among them, and many from one call, are echoed.
fn echo(near: &Machine, far: &Machine, address: &str) {
    let bind = |machine: &Machine, address: &str| {
        let at: SocketAddr = (address.parse::<IpAddr>().unwrap(), 0).into();
        machine.within(move || UdpSocket::bind(at).unwrap())
    };
    let here = if address.contains(':') {
        NEAR[1]
    } else {
        NEAR[0]
    };
    let (one, other) = (bind(near, here), bind(far, address));
    one.connect(other.local_addr().unwrap()).unwrap();
    one.set_read_timeout(Some(SOON)).unwrap();
    other.set_read_timeout(Some(SOON)).unwrap();
    let mut buffer = vec![0; 65_536];
    let mut pass = |sizes: &[usize]| {
        for size in sizes {
            let (count, from) = other.recv_from(&mut buffer).unwrap();
            assert!(buffer[..count] == content(*size, *size));
            other.send_to(&buffer[..count], from).unwrap();
        }
        for size in sizes {
            let count = one.recv(&mut buffer).unwrap();
            assert!(buffer[..count] == content(*size, *size));
        }
    };
    for size in [1, 2, 35, 500, 1451, 1452, 1471, 1472, 1473, 3001, 9000] {
        let sizes = [size; 3];
        for size in sizes {
            one.send(&content(size, size)).unwrap();
        }
        pass(&sizes);
    }
    let size = 1001;
    let all = content(size, size).repeat(20);
    let control = [ControlMessage::UdpGsoSegments(&1001)];
    let pieces = [IoSlice::new(&all)];
    sendmsg::<()>(one.as_raw_fd(), &pieces, &control, MsgFlags::empty(), None).unwrap();
    pass(&[size; 20]);
}

/// New keys again and again until told to stop.
fn renegotiate(world: World, stop: &AtomicBool) -> World {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        world.client.renegotiate();
        until(&world.client_events, |event| match event {
            Event::CredentialsWanted { .. } => Some(()),
            _ => None,
        });
        world.client.supply_credentials(Credentials {
            username: "AzureAD".into(),
            password: "newer".to_owned().into(),
        });
        let check = until(&world.server_events, |event| match event {
            Event::CheckCredentials(check) => Some(check),
            _ => None,
        });
        world.server.accept(check.key_id, PushReply::default());
        count += 1;
        thread::sleep(Duration::from_millis(300));
    }
    println!("{count} renegotiations");
    world
}

#[test]
fn every_byte_arrives_over_tcp_whatever_happens() {
    in_a_namespace(|| {
        let (near, near_tun) = Machine::start("near", NEAR, false);
        let (far, far_tun) = Machine::start("far", FAR, false);
        ip("link set lo up");
        let world = over_tcp();
        world.connect();
        world.client.attach(near_tun);
        world.server.attach(far_tun);
        let stop = AtomicBool::new(false);
        // The devices are there as long as the pumps are.
        let _world = thread::scope(|scope| {
            let busy = scope.spawn(|| renegotiate(world, &stop));
            for address in FAR {
                exchange(&near, &far, address, AMOUNT);
                echo(&near, &far, address);
            }
            stop.store(true, Ordering::Relaxed);
            busy.join().unwrap()
        });
        let [sent, received] = near.lengths("near");
        println!("{sent} bytes a packet up, {received} down");
        assert!(sent > 4000, "no super-packets were read: {sent}");
        assert!(received > 3000, "none were written: {received}");
    });
}

#[test]
fn every_byte_arrives_over_udp() {
    in_a_namespace(|| {
        let (near, near_tun) = Machine::start("near", NEAR, false);
        let (far, far_tun) = Machine::start("far", FAR, false);
        ip("link set lo up");
        let world = over_udp();
        world.connect();
        world.client.attach(near_tun);
        world.server.attach(far_tun);
        for address in FAR {
            exchange(&near, &far, address, AMOUNT / 4);
            echo(&near, &far, address);
        }
        let [sent, received] = near.lengths("near");
        println!("{sent} bytes a packet up, {received} down");
        assert!(sent > 2000 && received > 2000, "{sent}, {received}");
    });
}

#[test]
fn a_device_that_was_down_takes_super_packets_again() {
    in_a_namespace(|| {
        let (near, near_tun) = Machine::start("near", NEAR, false);
        let (far, far_tun) = Machine::start("far", FAR, false);
        ip("link set lo up");
        let world = over_tcp();
        world.connect();
        world.client.attach(near_tun);
        world.server.attach(far_tun);
        let listener = far.within(|| TcpListener::bind((FAR[0], 0)).unwrap());
        let target = listener.local_addr().unwrap();
        let mut stream = near.within(|| TcpStream::connect(target).unwrap());
        far.within(|| ip("link set far down"));
        let received = || world.server.counters().received();
        let before = received();
        // As much as goes before an answer comes: one super-packet.
        stream.write_all(&content(1, 14_000)).unwrap();
        let until = Instant::now() + SOON;
        while received() < before + 5000 {
            assert!(Instant::now() < until, "nothing came");
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(100));
        far.within(|| ip("link set far up"));
        exchange(&near, &far, FAR[0], AMOUNT);
        let [_, received] = far.lengths("far");
        println!("{received} bytes a packet down");
        assert!(received > 2000, "no super-packets any more: {received}");
    });
}

#[test]
fn a_device_without_headers_carries_single_packets() {
    in_a_namespace(|| {
        let (near, near_tun) = Machine::start("near", NEAR, true);
        let (far, far_tun) = Machine::start("far", FAR, false);
        let world = over_unix();
        world.connect();
        world.client.attach(near_tun);
        world.server.attach(far_tun);
        for address in FAR {
            exchange(&near, &far, address, AMOUNT / 8);
            echo(&near, &far, address);
        }
        let [sent, received] = near.lengths("near");
        assert!(sent <= u64::from(MTU) && received <= u64::from(MTU));
    });
}
