//! The pump's own steps, one at a time: what depends on what has come in between two of them.

use crate::clock::Clock;
use crate::command::Mailbox;
use crate::common::{SOON, framed_sessions, sessions};
use crate::event::{Ending, Event};
use crate::flow::Flow;
use crate::transport::Transport;
use spoke_engine::{Credentials, Error, Output, Refusal, Session, Timing, TransportKind};
use spoke_wire::{Compression, Ifconfig, PING, PushReply, PushText, PushUpdate};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A flow that moves when it is told to, and what it tells.
struct End {
    flow: Flow,
    events: Receiver<Event>,
}

impl End {
    fn new(transport: Transport, session: Session, clock: Clock) -> Self {
        let (tell, events) = channel();
        let flow = Flow::new(
            transport,
            session,
            clock,
            Arc::new(Mailbox::new().unwrap()),
            Arc::default(),
            Box::new(move |event| tell.send(event).unwrap()),
        );
        Self { flow, events }
    }

    /// Sends what there is to send.
    fn speak(&mut self) {
        self.flow.session_outputs();
        assert!(self.flow.flush().is_ok(), "it ended");
    }

    /// Takes in what has come.
    fn hear(&mut self) {
        assert!(self.flow.receive().is_ok(), "it ended");
    }

    /// The next event of which something is wanted, if it was told already.
    fn told<T>(&self, mut wanted: impl FnMut(Event) -> Option<T>) -> Option<T> {
        self.events.try_iter().find_map(&mut wanted)
    }
}

/// Both ends over UDP, with a configuration; nothing of theirs is done later than at once.
fn connected(clock: Clock) -> [End; 2] {
    framed(clock, None)
}

/// As [`connected`], with a framing that the client alone believes in.
fn framed(clock: Clock, framing: Option<Compression>) -> [End; 2] {
    let (client, server) = framed_sessions(clock, TransportKind::Udp, Timing::default(), framing);
    let door = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = door.local_addr().unwrap();
    let mut client = End::new(Transport::udp(&[address]), client, clock);
    client.speak();
    let (_, from) = door.peek_from(&mut [0; 2000]).unwrap();
    door.connect(from).unwrap();
    let mut server = End::new(Transport::udp_connected(door).unwrap(), server, clock);
    soon(|| {
        negotiate(&mut client, &mut server);
        client.told(|event| matches!(event, Event::Pushed { .. }).then_some(()))
    });
    [client, server]
}

/// Lets both say and hear what there is, and signs in where that is asked for.
fn negotiate(client: &mut End, server: &mut End) {
    let now = client.flow.clock.now();
    client.speak();
    server.hear();
    let check = server.told(|event| match event {
        Event::CheckCredentials(check) => Some(check),
        _ => None,
    });
    if let Some(check) = check {
        let ifconfig = Some(Ifconfig {
            local: [10, 9, 0, 2].into(),
            mask_or_remote: [255, 255, 255, 0].into(),
        });
        let push = PushReply {
            ifconfig,
            ..PushReply::default()
        };
        let session = &mut server.flow.session;
        session.accept_credentials(now, check.key_id, push);
    }
    server.speak();
    client.hear();
    client.flow.session.supply_credentials(
        now,
        Credentials {
            username: "AzureAD".into(),
            password: "token".to_owned().into(),
        },
    );
}

/// Waits for something that happens soon.
fn soon<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + SOON;
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < until, "it did not happen");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn of_two_who_answer_at_once_the_peer_is_the_one_whose_session_it_is() {
    let clock = Clock::start();
    let peers = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    let addresses = [&peers[0], &peers[1]].map(|peer| peer.local_addr().unwrap());
    let (client, server) = sessions(clock, TransportKind::Udp, Timing::default());
    let mut client = End::new(Transport::udp(&addresses), client, clock);
    // Both have heard the client before either answers, as when the first flight is lost.
    let mut buffer = [0; 2000];
    let mut asked = [None; 2];
    for peer in &peers {
        peer.set_nonblocking(true).unwrap();
    }
    soon(|| {
        client.speak();
        client.flow.transport.datagrams().unwrap().start_due();
        for (peer, asked) in peers.iter().zip(&mut asked) {
            *asked = peer.recv_from(&mut buffer).ok().or(*asked);
        }
        (asked[0].is_some() && asked[1].is_some()).then_some(())
    });
    let (length, _) = asked[0].unwrap();
    let (_, other) = sessions(clock, TransportKind::Udp, Timing::default());
    for ((mut session, peer), asked) in [server, other].into_iter().zip(&peers).zip(asked) {
        let (now, question) = (clock.now(), &buffer[..length]);
        session.handle_packet(now, clock.wall(), question);
        while let Some(output) = session.poll() {
            if let Output::Packet(answer) = output {
                peer.send_to(&answer, asked.unwrap().1).unwrap();
            }
        }
    }
    let reached = soon(|| {
        client.hear();
        client.told(|event| match event {
            Event::Reached { peer, .. } => Some(peer),
            _ => None,
        })
    });
    assert_eq!(reached, addresses[0]);
    // It goes on with the one whose session it is.
    client.speak();
    soon(|| peers[0].recv(&mut buffer).ok());
    assert!(peers[1].recv(&mut buffer).is_err(), "the other heard of it");
}

#[test]
fn a_peer_that_sends_with_the_new_key_is_answered_with_it() {
    let clock = Clock::start();
    let [mut client, mut server] = connected(clock);
    client.flow.session.renegotiate(clock.now());
    // Ours is not asked to switch by any timer: only what comes in tells it to.
    soon(|| {
        negotiate(&mut client, &mut server);
        client.flow.keys.send_with(1);
        client.flow.seal_own(&PING);
        let sending = server.flow.keys.sealer().map(|sealer| sealer.key_id());
        (sending == Some(1)).then_some(())
    });
}

#[test]
fn a_peer_that_compresses_is_left() {
    let clock = Clock::start();
    let [mut client, mut server] = framed(clock, Some(Compression::StubV2));
    // How a packet begins that LZ4 has compressed.
    server.flow.seal_own(&[0x50, 0x01, 0, 0]);
    server.speak();
    soon(|| {
        client.hear();
        client.flow.closed.is_some().then_some(())
    });
    let Some(Ending::Session(why)) = &client.flow.closed else {
        panic!("it ended otherwise: {:?}", client.flow.closed);
    };
    assert_eq!(*why, Error::PeerRefused(Refusal::Compressed));
}

#[test]
fn a_tunnel_does_not_move_into_itself_after_its_address_has_changed() {
    let clock = Clock::start();
    let [mut client, mut server] = connected(clock);
    // Where the client's end is outside.
    let update = PushText::new("ifconfig 127.0.0.1 255.255.255.0");
    let update = PushUpdate::parse(&update).unwrap();
    let (session, now) = (&mut server.flow.session, clock.now());
    assert_eq!(session.push_update(now, &update), Ok(true));
    soon(|| {
        negotiate(&mut client, &mut server);
        client.told(|event| matches!(event, Event::Pushed { again: true, .. }).then_some(()))
    });
    client.flow.roam();
    let Some(Ending::Transport(why)) = &client.flow.closed else {
        panic!("it moved: {:?}", client.flow.closed);
    };
    assert!(why.contains("the tunnel itself"), "{why}");
}
