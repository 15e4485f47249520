//! The pump's own steps, one at a time: what depends on what has come in between two of them.

use crate::clock::Clock;
use crate::command::Mailbox;
use crate::common::{SOON, sessions};
use crate::event::Event;
use crate::flow::Flow;
use crate::transport::Transport;
use spoke_engine::{Credentials, Output, Session, Timing, TransportKind};
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
