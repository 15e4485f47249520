//! Two pumps against each other over a stream.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

mod common;

use common::{World, announced, ended, inside, packet, pump, sessions, syn, until, world};
use spoke_engine::{Credentials, Error, MssFix, Refusal, Timing, TransportKind};
use spoke_tunnel::{Clock, Ending, Event, Transport};
use spoke_wire::{AuthFailure, PushReply};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

fn over_unix() -> World {
    let (near, far) = UnixStream::pair().unwrap();
    let [near, far] = [near, far].map(|stream| Transport::unix(stream).unwrap());
    world(near, far, TransportKind::Tcp)
}

#[test]
fn a_hundred_megabytes_go_both_ways_at_once_in_order_and_unharmed() {
    const COUNT: u32 = 70_000;
    // So few at once wait nowhere: where they do, a tunnel loses some, as a router does.
    const AT_ONCE: usize = 32;
    let world = over_unix();
    let reply = world.connect();
    assert_eq!(reply.ifconfig.unwrap().local.octets(), [10, 9, 0, 2]);
    let (client_tun, client_inside) = inside();
    let (server_tun, server_inside) = inside();
    world.client.attach(client_tun);
    world.server.attach(server_tun);
    let [near, far] = [&client_inside, &server_inside];
    std::thread::scope(|scope| {
        for (from, to) in [(near, far), (far, near)] {
            let (sent, received) = sync_channel(AT_ONCE);
            scope.spawn(move || {
                for number in 0..COUNT {
                    sent.send(()).unwrap();
                    from.send(&packet(number, 1400 + number as usize % 101))
                        .unwrap();
                }
            });
            scope.spawn(move || {
                let mut buffer = [0; 2000];
                for number in 0..COUNT {
                    let length = to.recv(&mut buffer).unwrap();
                    received.recv().unwrap();
                    let expected = packet(number, 1400 + number as usize % 101);
                    assert!(buffer[..length] == expected, "packet {number}");
                }
            });
        }
    });
    until(&world.client_events, |event| {
        matches!(event, Event::FirstData).then_some(())
    });
    let moved = world.client.counters();
    assert!(moved.received() > 98_000_000 && moved.received() == moved.sent());
}

#[test]
fn segments_are_bounded_by_what_is_around_them_unless_told_otherwise() {
    let world = over_unix();
    world.connect();
    let (server_tun, server_inside) = inside();
    world.server.attach(server_tun.with_mss_fix(MssFix::Off));
    let mut buffer = [0; 2000];
    for (fix, expected) in [
        // 1492 without the headers of IPv4 and TCP, the length, the packet's header and its tag, and those inside.
        (MssFix::of_mtu(1500), 1492 - 40 - 2 - 12 - 16 - 40),
        (MssFix::Inside(1000), 960),
        (MssFix::Off, 1460),
    ] {
        let (client_tun, client_inside) = inside();
        world.client.attach(client_tun.with_mss_fix(fix));
        client_inside.send(&syn()).unwrap();
        let length = server_inside.recv(&mut buffer).unwrap();
        assert_eq!(announced(&buffer[..length]), expected, "up, {fix:?}");
        server_inside.send(&syn()).unwrap();
        let length = client_inside.recv(&mut buffer).unwrap();
        assert_eq!(announced(&buffer[..length]), expected, "down, {fix:?}");
    }
}

#[test]
fn data_goes_on_through_a_renegotiation() {
    let world = over_unix();
    world.connect();
    let (client_tun, client_inside) = inside();
    let (server_tun, server_inside) = inside();
    world.client.attach(client_tun);
    world.server.attach(server_tun);
    let mut buffer = [0; 2000];
    let mut number = 0;
    let mut pass = || {
        number += 1;
        client_inside.send(&packet(number, 200)).unwrap();
        let length = server_inside.recv(&mut buffer).unwrap();
        assert!(buffer[..length] == packet(number, 200));
        server_inside.send(&packet(number, 900)).unwrap();
        let length = client_inside.recv(&mut buffer).unwrap();
        assert!(buffer[..length] == packet(number, 900));
    };
    pass();
    world.client.renegotiate();
    until(&world.client_events, |event| match event {
        Event::CredentialsWanted {
            renegotiation: true,
        } => Some(()),
        _ => None,
    });
    pass();
    world.client.supply_credentials(Credentials {
        username: "AzureAD".into(),
        password: "newer".to_owned().into(),
    });
    let check = until(&world.server_events, |event| match event {
        Event::CheckCredentials(check) => Some(check),
        _ => None,
    });
    assert!(check.renegotiation);
    assert_eq!(*check.password, "newer");
    world.server.accept(check.key_id, PushReply::default());
    for _ in 0..20 {
        pass();
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn leaving_tells_the_other_side() {
    let world = over_unix();
    world.connect();
    world.client.close("the user wants to");
    assert!(matches!(ended(&world.client_events), Ending::Asked));
    let ending = ended(&world.server_events);
    assert!(
        matches!(
            ending,
            Ending::Session(Error::PeerRefused(Refusal::Exit)) | Ending::Transport(_)
        ),
        "{ending:?}"
    );
}

#[test]
fn a_refusal_arrives_with_its_reason() {
    let world = over_unix();
    world.client.supply_credentials(Credentials {
        username: "AzureAD".into(),
        password: "bad".to_owned().into(),
    });
    let check = until(&world.server_events, |event| match event {
        Event::CheckCredentials(check) => Some(check),
        _ => None,
    });
    let reason = "the token is for another gateway".to_owned();
    world
        .server
        .reject(check.key_id, AuthFailure::Refused { reason });
    let ending = ended(&world.client_events);
    let Ending::Session(Error::PeerRefused(Refusal::Credentials(Some(reason)))) = ending else {
        panic!("{ending:?}");
    };
    assert_eq!(reason, "the token is for another gateway");
}

#[test]
fn a_peer_that_vanishes_ends_the_tunnel() {
    let clock = Clock::start();
    let (client, _) = sessions(clock, TransportKind::Tcp, Timing::default());
    let (near, far) = UnixStream::pair().unwrap();
    let (_pump, events) = pump(Transport::unix(near).unwrap(), client, clock);
    drop(far);
    assert!(matches!(ended(&events), Ending::Transport(_)));
}
