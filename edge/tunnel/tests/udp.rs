//! Two pumps against each other over UDP on a bad network.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod common;

use common::{SOON, World, announced, ended, inside, packet, pump, sessions, syn, until, world};
use spoke_engine::{Credentials, Error, MssFix, Silence, Timing, TransportKind};
use spoke_proxy::{Command as SocksCommand, Handshake, RelayHeader, Socks5, Target, relayed};
use spoke_tunnel::{Clock, Ending, Event, Passage, Transport, dial_through};
use std::collections::VecDeque;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What the network between the two does to a datagram.
#[derive(Clone, Copy)]
struct Weather {
    /// One of so many is lost; 0 loses none.
    loss: u64,
    /// One of so many is overtaken by the next two.
    reorder: u64,
    /// Beside each, a forged and a changed one arrive.
    forge: bool,
}

const CALM: Weather = Weather {
    loss: 0,
    reorder: 0,
    forge: false,
};

/// A box in the middle that both ends take for the other.
struct Middle {
    /// Where the client sends to.
    door: SocketAddr,
    cut: Arc<AtomicBool>,
    forged: Arc<AtomicU64>,
}

fn local() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

/// A server's socket behind a box with this weather.
fn middle(weather: Weather) -> (Middle, UdpSocket) {
    let (outside, behind, server) = (local(), local(), local());
    server.connect(behind.local_addr().unwrap()).unwrap();
    behind.connect(server.local_addr().unwrap()).unwrap();
    let middle = Middle {
        door: outside.local_addr().unwrap(),
        cut: Arc::default(),
        forged: Arc::default(),
    };
    let client: Arc<std::sync::Mutex<Option<SocketAddr>>> = Arc::default();
    let (up, down) = (outside.try_clone().unwrap(), behind.try_clone().unwrap());
    let (cut, forged) = (Arc::clone(&middle.cut), Arc::clone(&middle.forged));
    let seen = Arc::clone(&client);
    std::thread::spawn(move || {
        relay(&up, weather, &cut, &forged, |datagram, from| {
            *seen.lock().unwrap() = Some(from);
            let _ = behind.send(datagram);
        });
    });
    let (cut, forged) = (Arc::clone(&middle.cut), Arc::clone(&middle.forged));
    std::thread::spawn(move || {
        relay(&down, weather, &cut, &forged, |datagram, _| {
            if let Some(client) = *client.lock().unwrap() {
                let _ = outside.send_to(datagram, client);
            }
        });
    });
    (middle, server)
}

fn relay(
    from: &UdpSocket,
    weather: Weather,
    cut: &AtomicBool,
    forged: &AtomicU64,
    mut pass: impl FnMut(&[u8], SocketAddr),
) {
    let mut buffer = [0; 4096];
    let mut late: VecDeque<(u64, Vec<u8>)> = VecDeque::new();
    for number in 1_u64.. {
        // A refusal of an earlier datagram is no reason to stop.
        let Ok((length, sender)) = from.recv_from(&mut buffer) else {
            continue;
        };
        let datagram = &mut buffer[..length];
        if cut.load(Ordering::Relaxed) {
            continue;
        }
        if weather.forge {
            let mut changed = datagram.to_vec();
            let at = number as usize % length;
            changed[at] ^= 1 << (number % 8);
            pass(&changed, sender);
            pass(&datagram[..length / 2], sender);
            pass(b"", sender);
            forged.fetch_add(1, Ordering::Relaxed);
        }
        let lost = weather.loss > 0 && number.is_multiple_of(weather.loss);
        let overtaken = weather.reorder > 0 && number.is_multiple_of(weather.reorder);
        if overtaken {
            late.push_back((number + 2, datagram.to_vec()));
        } else if !lost {
            pass(datagram, sender);
        }
        while late.front().is_some_and(|(at, _)| *at <= number) {
            let Some((_, datagram)) = late.pop_front() else {
                break;
            };
            pass(&datagram, sender);
        }
    }
}

fn over(weather: Weather) -> (World, Middle) {
    let (middle, server) = middle(weather);
    let near = Transport::udp(&[middle.door]);
    let far = Transport::udp_connected(server).unwrap();
    (world(near, far, TransportKind::Udp), middle)
}

/// Sends numbered packets one way until `least` of them have arrived whole.
fn carries(world: &World, least: usize) {
    let (client_tun, client_inside) = inside();
    let (server_tun, server_inside) = inside();
    world.client.attach(client_tun);
    world.server.attach(server_tun);
    server_inside
        .set_read_timeout(Some(Duration::from_millis(5)))
        .unwrap();
    let until = Instant::now() + SOON;
    let mut arrived = 0;
    let mut buffer = [0; 2000];
    for number in 0_u32.. {
        client_inside.send(&packet(number, 900)).unwrap();
        if let Ok(length) = server_inside.recv(&mut buffer) {
            let got = u32::from_be_bytes(buffer[20..24].try_into().unwrap());
            assert!(buffer[..length] == packet(got, 900), "packet {got}");
            arrived += 1;
        }
        if arrived >= least {
            return;
        }
        assert!(Instant::now() < until, "only {arrived} packets arrived");
    }
}

#[test]
fn a_tunnel_comes_up_and_carries_over_a_lossy_reordering_path() {
    let (world, _middle) = over(Weather {
        loss: 6,
        reorder: 5,
        forge: false,
    });
    world.connect();
    carries(&world, 300);
}

#[test]
fn forged_datagrams_end_nothing() {
    let (world, middle) = over(Weather {
        loss: 0,
        reorder: 0,
        forge: true,
    });
    world.connect();
    carries(&world, 200);
    assert!(middle.forged.load(Ordering::Relaxed) > 200);
    world.client.close("done");
    assert!(matches!(ended(&world.client_events), Ending::Asked));
}

#[test]
fn the_peer_is_whoever_answers_genuinely() {
    let (middle, server) = middle(CALM);
    // One that answers with nonsense, and sooner than the real one.
    let liar = local();
    let lies = liar.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 2000];
        while let Ok((length, from)) = liar.recv_from(&mut buffer) {
            let _ = liar.send_to(&buffer[..length], from);
            let _ = liar.send_to(&[0x40; 60], from);
        }
    });
    // One where nobody listens: its refusal costs no time.
    let closed = local();
    let refusing = closed.local_addr().unwrap();
    drop(closed);
    let near = Transport::udp(&[refusing, lies, middle.door]);
    let far = Transport::udp_connected(server).unwrap();
    let world = world(near, far, TransportKind::Udp);
    let reached = until(&world.client_events, |event| match event {
        Event::Reached { peer, .. } => Some(peer),
        Event::PeerAnswered => panic!("answered by nobody in particular"),
        _ => None,
    });
    assert_eq!(reached, middle.door);
    world.connect();
    carries(&world, 20);
}

#[test]
fn addresses_that_all_refuse_are_named() {
    let addresses: Vec<SocketAddr> = [local(), local()]
        .iter()
        .map(|socket| socket.local_addr().unwrap())
        .collect();
    let clock = Clock::start();
    let (client, _) = sessions(clock, TransportKind::Udp, Timing::default());
    let begun = Instant::now();
    let (_pump, events) = pump(Transport::udp(&addresses), client, clock);
    let Ending::Unreachable(tried) = ended(&events) else {
        panic!("another ending");
    };
    let named: Vec<SocketAddr> = tried.iter().map(|(address, _)| *address).collect();
    assert_eq!(named, addresses);
    for (_, error) in tried {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_refusal_after_the_answer_is_told_and_outlived() {
    let (near, far) = (local(), local());
    let address = far.local_addr().unwrap();
    near.connect(address).unwrap();
    let home = near.local_addr().unwrap();
    far.connect(home).unwrap();
    let clock = Clock::start();
    let (client, server) = sessions(clock, TransportKind::Udp, Timing::default());
    let (client, client_events) = pump(Transport::udp_connected(near).unwrap(), client, clock);
    let (server, server_events) = pump(
        Transport::udp_connected(far.try_clone().unwrap()).unwrap(),
        server,
        clock,
    );
    let world = World {
        client,
        server,
        client_events,
        server_events,
    };
    world.connect();
    let (tun, test) = inside();
    world.client.attach(tun);
    // Connected to somebody else, the peer's socket is none for what comes from here:
    // the kernel refuses it.
    far.connect(local().local_addr().unwrap()).unwrap();
    for number in 0..3 {
        test.send(&packet(number, 100)).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    let told = until(&world.client_events, |event| match event {
        Event::Trouble(why) => Some(why),
        Event::Ended(ending) => panic!("{ending:?}"),
        _ => None,
    });
    assert!(told.contains("refused"), "{told}");
    far.connect(home).unwrap();
    carries(&world, 20);
}

#[test]
fn a_path_gone_silent_is_given_up_after_ping_restart() {
    let (middle, server) = middle(CALM);
    let clock = Clock::start();
    let timing = Timing {
        ping: Some(Duration::from_millis(300)),
        ping_restart: Some(Duration::from_secs(1)),
        ..Timing::default()
    };
    let (client, session) = sessions(clock, TransportKind::Udp, timing);
    let (client, client_events) = pump(Transport::udp(&[middle.door]), client, clock);
    let far = Transport::udp_connected(server).unwrap();
    let (server, server_events) = pump(far, session, clock);
    let world = World {
        client,
        server,
        client_events,
        server_events,
    };
    world.connect();
    // Keepalives alone hold it for longer than the limit.
    std::thread::sleep(Duration::from_millis(1500));
    carries(&world, 1);
    middle.cut.store(true, Ordering::Relaxed);
    let ending = ended(&world.client_events);
    assert!(
        matches!(
            ending,
            Ending::Session(Error::Silence(Silence::KeepaliveLost(_)))
        ),
        "{ending:?}"
    );
}

#[test]
fn a_tunnel_goes_on_from_another_address() {
    let (world, _middle) = over(CALM);
    world.client.supply_credentials(Credentials {
        username: "AzureAD".into(),
        password: "token".to_owned().into(),
    });
    world.connect();
    let (tun, client_inside) = inside();
    let (far, server_inside) = inside();
    world.client.attach(tun);
    world.server.attach(far);
    let mut buffer = [0; 2000];
    let mut pass = |number| {
        client_inside.send(&packet(number, 300)).unwrap();
        let length = server_inside.recv(&mut buffer).unwrap();
        assert!(buffer[..length] == packet(number, 300));
        server_inside.send(&packet(number, 400)).unwrap();
        let length = client_inside.recv(&mut buffer).unwrap();
        assert!(buffer[..length] == packet(number, 400));
    };
    pass(1);
    world.client.roam();
    until(&world.client_events, |event| match event {
        Event::Reached { .. } => Some(()),
        _ => None,
    });
    // The middle answers whoever spoke last, as a server does that lets its clients float.
    pass(2);
}

#[test]
fn a_tunnel_over_a_stream_cannot_move() {
    let (near, far) = std::os::unix::net::UnixStream::pair().unwrap();
    let [near, far] = [near, far].map(|stream| Transport::unix(stream).unwrap());
    let world = world(near, far, TransportKind::Tcp);
    world.connect();
    world.client.roam();
    let Ending::Transport(why) = ended(&world.client_events) else {
        panic!("another ending");
    };
    assert!(why.contains("gone"), "{why}");
}

/// Two ends with a SOCKS5 relay in between that is sent to by the `target`'s name, and what holds the
/// relay open.
fn over_relay(target: &Target) -> (World, TcpStream) {
    let (outside, behind, server) = (local(), local(), local());
    server.connect(behind.local_addr().unwrap()).unwrap();
    behind.connect(server.local_addr().unwrap()).unwrap();
    let door = outside.local_addr().unwrap();
    let (heard, client) = std::sync::mpsc::channel();
    let (up, down) = (outside.try_clone().unwrap(), behind.try_clone().unwrap());
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = up.recv_from(&mut buffer) {
            let datagram = &buffer[..length];
            let _ = heard.send(from);
            let _ = behind.send(&datagram[relayed(datagram).unwrap()..]);
        }
    });
    let header = RelayHeader::new(target);
    std::thread::spawn(move || {
        let client = client.recv().unwrap();
        let mut buffer = [0; 4096];
        while let Ok(length) = down.recv(&mut buffer) {
            let datagram = [header.bytes(), &buffer[..length]].concat();
            let _ = outside.send_to(&datagram, client);
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = listener.local_addr().unwrap();
    let passage = Passage {
        stream: TcpStream::connect(proxy).unwrap(),
        proxy,
        early: Vec::new(),
    };
    let near = Transport::udp_through(passage, door, target).unwrap();
    let far = Transport::udp_connected(server).unwrap();
    let control = listener.accept().unwrap().0;
    (world(near, far, TransportKind::Udp), control)
}

#[test]
fn what_a_relay_wants_before_each_packet_bounds_the_segments_too() {
    let (world, _control) = over_relay(&Target::new("gateway.example", 1194));
    world.connect();
    let (client_tun, client_inside) = inside();
    let (server_tun, server_inside) = inside();
    let fix = MssFix::Outside(1400);
    world.client.attach(client_tun.with_mss_fix(fix));
    world.server.attach(server_tun.with_mss_fix(MssFix::Off));
    client_inside.send(&syn()).unwrap();
    let mut buffer = [0; 2000];
    let length = server_inside.recv(&mut buffer).unwrap();
    // Without the headers of IPv4 and UDP, the relay's with the name in it, the packet's and its tag, and
    // those inside.
    let expected = 1400 - 28 - 22 - 12 - 16 - 40;
    assert_eq!(announced(&buffer[..length]), expected);
}

#[test]
fn a_relay_that_the_proxy_ends_is_gone_at_once() {
    let (world, mut control) = over_relay(&Target::new("192.0.2.7", 1194));
    world.connect();
    // What the proxy says there means nothing.
    control.write_all(&[0; 700]).unwrap();
    carries(&world, 20);
    drop(control);
    let Ending::Transport(why) = ended(&world.client_events) else {
        panic!("another ending");
    };
    assert!(why.contains("the SOCKS5 proxy has ended"), "{why}");
}

#[test]
fn a_socks_proxy_relays_the_datagrams() {
    let door = local().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("conf");
    let text = format!(
        "logoutput: {}\ninternal: 127.0.0.1 port = {}\nexternal: lo\nsocksmethod: none\n\
         clientmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n\
         client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}\n\
         socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 command: connect udpassociate udpreply }}\n",
        folder.path().join("log").display(),
        door.port()
    );
    std::fs::write(&config, text).unwrap();
    let started = Command::new("danted")
        .args(["-N", "1", "-p"])
        .arg(folder.path().join("pid"))
        .arg("-f")
        .arg(&config)
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else {
        return spoke_needs::skip("danted is not installed");
    };
    let _ended = EndedWithTest(child);
    let until = Instant::now() + SOON;
    while TcpStream::connect(door).is_err() {
        assert!(Instant::now() < until, "danted does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    let server = local();
    let target = Target::from(server.local_addr().unwrap());
    let socks = Socks5::new(SocksCommand::UdpAssociate, target.clone(), None);
    let mut handshake = Handshake::Socks5(Box::new(socks));
    let calm = AtomicBool::new(false);
    let passage = dial_through(&[door], &mut handshake, SOON, &calm).unwrap();
    let relay = handshake.relay().unwrap();
    let near = Transport::udp_through(passage, relay, &target).unwrap();
    let clock = Clock::start();
    let (client, session) = sessions(clock, TransportKind::Udp, Timing::default());
    let (client, client_events) = pump(near, client, clock);
    // Where the relay sends from shows with the first packet.
    let (_, from) = server.peek_from(&mut [0; 100]).unwrap();
    server.connect(from).unwrap();
    let far = Transport::udp_connected(server).unwrap();
    let (server, server_events) = pump(far, session, clock);
    let world = World {
        client,
        server,
        client_events,
        server_events,
    };
    world.connect();
    carries(&world, 100);
}

struct EndedWithTest(Child);

impl Drop for EndedWithTest {
    fn drop(&mut self) {
        // Asked to, it ends its own processes too.
        let id = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
        let _ = self.0.wait();
    }
}
