//! A server's first two packets over UDP, which leave nothing behind.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod common;

use common::{Habits, Pair, Pki, Seeded, WALL, client_config, server_config, static_key, tls_auth};
use spoke_engine::{
    Answer, AnswerLimit, ClientConfig, ClientKeyPolicy, Credentials, Digest, DropReason, Output,
    ServerConfig, Session, Side, StatelessConfig, StatelessHandshake, TlsCryptV2Server,
    TransportKind, UnwrapError, Wrap, Wrapping, seal_client_key,
};
use spoke_moment::Moment;
use spoke_wire::{
    ClientKeyMetadata, Control, EarlyNegotiation, FirstByte, KeyDirection, Message, Opcode,
    SessionId, TlsCryptV2ServerKey,
};
use std::collections::VecDeque;
use std::time::Duration;
use zeroize::Zeroizing;

const HERE: &[u8] = &[192, 0, 2, 1, 0x12, 0x34];
const THERE: &[u8] = &[192, 0, 2, 2, 0x12, 0x34];

fn at(seconds: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(seconds))
}

/// Every wrapping by name, as client and server have it.
fn wrappings() -> Vec<(&'static str, Wrapping, Wrapping)> {
    let key = TlsCryptV2ServerKey::from_bytes(&[9; 128]);
    let [client, large] = [&b"ana"[..], &[b'm'; 733]].map(|text| {
        let metadata = ClientKeyMetadata::User(text.to_vec());
        seal_client_key(&key, static_key(), &metadata).unwrap()
    });
    let accepts = ClientKeyPolicy::Any;
    let server = Wrapping::TlsCryptV2Server(TlsCryptV2Server { key, accepts });
    let tls_crypt = Wrapping::TlsCrypt(static_key());
    vec![
        ("none", Wrapping::None, Wrapping::None),
        (
            "tls-auth",
            tls_auth(Digest::Sha1, KeyDirection::Inverse),
            tls_auth(Digest::Sha1, KeyDirection::Normal),
        ),
        ("tls-crypt", tls_crypt.clone(), tls_crypt),
        (
            "tls-crypt-v2",
            Wrapping::TlsCryptV2Client(client),
            server.clone(),
        ),
        // A ClientHello does not fit beside this key.
        ("tls-crypt-v2", Wrapping::TlsCryptV2Client(large), server),
    ]
}

/// A client and a server that has not met it.
struct Meeting {
    client: Session,
    handshake: StatelessHandshake,
    server: ServerConfig,
}

impl Meeting {
    fn new(client: &Wrapping, server: &Wrapping) -> Self {
        Self::with(client, server, |_, _| {})
    }

    fn with(
        client: &Wrapping,
        server: &Wrapping,
        change: impl FnOnce(&mut ClientConfig, &mut StatelessConfig),
    ) -> Self {
        let pki = Pki::new();
        let (mut ours, mut theirs) = (client_config(&pki), server_config(&pki));
        (ours.transport, theirs.transport) = (TransportKind::Udp, TransportKind::Udp);
        (ours.wrapping, theirs.wrapping) = (client.clone(), server.clone());
        let mut config = StatelessConfig::new(server.clone());
        change(&mut ours, &mut config);
        Self {
            client: Session::client(ours, Box::new(Seeded(1)), Moment::ORIGIN, WALL),
            handshake: StatelessHandshake::new(config, &mut Seeded(8)),
            server: theirs,
        }
    }

    /// What the client sends now.
    fn sent(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while let Some(output) = self.client.poll() {
            match output {
                Output::Packet(packet) => packets.push(packet),
                Output::CredentialsWanted { .. } => {
                    let credentials = Credentials {
                        username: "AzureAD".to_owned(),
                        password: Zeroizing::new("secret".to_owned()),
                    };
                    self.client.supply_credentials(Moment::ORIGIN, credentials);
                }
                _ => {}
            }
        }
        packets
    }

    fn reply(&mut self, now: Moment, packet: &[u8]) -> Vec<u8> {
        match self.handshake.handle_packet(now, WALL, HERE, packet) {
            Answer::Reply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    /// Goes on until the client has sent its third packet; gives all that it sent with it.
    fn third(&mut self, now: Moment) -> Vec<Vec<u8>> {
        let first = self.sent();
        assert_eq!(first.len(), 1);
        let reply = self.reply(now, &first[0]);
        self.client.handle_packet(now, WALL, &reply);
        self.sent()
    }

    fn drop(&mut self, now: Moment, address: &[u8], packet: &[u8]) -> DropReason {
        match self.handshake.handle_packet(now, WALL, address, packet) {
            Answer::Drop(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    /// Brings both ends together over a link that loses packets, from the first one on.
    fn over(mut self, seed: u64, loss: u64) -> Pair {
        let mut chance = Seeded(seed << 32 | 77);
        let mut now = at(1);
        let mut queue = VecDeque::new();
        loop {
            queue.extend(self.sent());
            let Some(packet) = queue.pop_front() else {
                now = self.client.deadline().expect("it sends again").at;
                self.client
                    .handle_timeout(now, WALL.plus(now.since_origin()));
                continue;
            };
            if chance.chance(loss) {
                continue;
            }
            let wall = WALL.plus(now.since_origin());
            match self.handshake.handle_packet(now, wall, HERE, &packet) {
                Answer::Reply(reply) if !chance.chance(loss) => {
                    self.client.handle_packet(now, wall, &reply);
                }
                // A second piece without the first one means nothing to a server without memory.
                Answer::Reply(_) | Answer::Drop(_) => {}
                Answer::Admit(admission) => {
                    let entropy = Box::new(Seeded(2));
                    let server = Session::admitted(self.server, admission, entropy, now, wall);
                    let habits = Habits {
                        loss,
                        jitter: Duration::from_millis(30),
                        ..Habits::default()
                    };
                    let mut pair = Pair::between(self.client, server, habits);
                    pair.now = now;
                    return pair;
                }
            }
        }
    }

    /// Makes the session that the first of `packets` asks for, and hands it the others.
    fn admit(mut self, now: Moment, packets: &[Vec<u8>]) -> Pair {
        let answer = self.handshake.handle_packet(now, WALL, HERE, &packets[0]);
        let Answer::Admit(admission) = answer else {
            panic!("{answer:?}");
        };
        let entropy = Box::new(Seeded(2));
        let mut server = Session::admitted(self.server, admission, entropy, now, WALL);
        for packet in &packets[1..] {
            server.handle_packet(now, WALL, packet);
        }
        let mut pair = Pair::between(self.client, server, Habits::default());
        pair.now = now;
        pair
    }
}

#[test]
fn a_client_that_gives_its_cookie_back_connects_and_renews_its_key() {
    for (name, client, server) in wrappings() {
        let mut meeting = Meeting::new(&client, &server);
        let now = at(1);
        let third = meeting.third(now);
        let opcode = FirstByte::of(&third[0]).unwrap().opcode;
        let carries_key = name == "tls-crypt-v2";
        assert_eq!(opcode == Opcode::ControlWkcV1, carries_key, "{name}");
        assert!(third.iter().all(|packet| packet.len() <= 1250 - 28));
        let mut pair = meeting.admit(now, &third);
        pair.connect();
        // Two more round trips, and nothing was sent again.
        let taken = pair.now.since(now);
        assert!(taken <= 6 * pair.habits.delay, "{name}: {taken:?}");
        let said = matches!(pair.client_keys[..], [Some(ClientKeyMetadata::User(_))]);
        assert_eq!(said, carries_key, "{name}");
        let later = pair.now;
        pair.client.session.renegotiate(later);
        pair.run(Duration::from_secs(30), |pair| {
            pair.client.sending == Some(1)
        });
        assert_eq!(pair.client.sending, Some(1), "{name}");
        pair.exchange();
        assert!(
            pair.client.notices.is_empty(),
            "{name}: {:?}",
            pair.client.notices
        );
    }
}

#[test]
fn each_of_the_first_packets_may_be_lost() {
    for (name, client, server) in wrappings() {
        for lost in 0..3 {
            let mut meeting = Meeting::new(&client, &server);
            let mut now = at(1);
            let mut packets = meeting.sent();
            if lost == 0 {
                packets = later(&mut meeting, &mut now);
            }
            let mut reply = meeting.reply(now, &packets[0]);
            if lost == 1 {
                packets = later(&mut meeting, &mut now);
                reply = meeting.reply(now, &packets[0]);
            }
            meeting.client.handle_packet(now, WALL, &reply);
            let mut third = meeting.sent();
            if lost == 2 {
                third = later(&mut meeting, &mut now);
            }
            let mut pair = meeting.admit(now, &third);
            pair.connect();
            assert!(pair.client.notices.is_empty(), "{name}, packet {lost}");
        }
    }
}

#[test]
fn over_a_bad_link_everybody_gets_through() {
    for (name, client, server) in wrappings() {
        for seed in 1..30 {
            let mut pair = Meeting::new(&client, &server).over(seed, 25);
            pair.connect();
            let now = pair.now;
            pair.server.session.renegotiate(now);
            pair.run(Duration::from_secs(50), |pair| {
                pair.client.sending == Some(1) && pair.server.sending == Some(1)
            });
            assert_eq!(pair.client.sending, Some(1), "{name} {seed}");
            pair.exchange();
        }
    }
}

/// What the client sends again, once it is time.
fn later(meeting: &mut Meeting, now: &mut Moment) -> Vec<Vec<u8>> {
    *now = meeting.client.deadline().expect("it sends again").at;
    meeting.client.handle_timeout(*now, WALL);
    meeting.sent()
}

#[test]
fn a_cookie_holds_for_its_address_its_session_and_its_time() {
    for (name, client, server) in wrappings() {
        let mut meeting = Meeting::new(&client, &server);
        let third = meeting.third(at(29)).swap_remove(0);
        for now in [29, 30, 59, 60, 89] {
            let answer = meeting.handshake.handle_packet(at(now), WALL, HERE, &third);
            assert!(
                matches!(answer, Answer::Admit(_)),
                "{name} {now}: {answer:?}"
            );
        }
        for now in [90, 100, 1_000_000] {
            assert_eq!(meeting.drop(at(now), HERE, &third), DropReason::Cookie);
        }
        assert_eq!(meeting.drop(at(29), THERE, &third), DropReason::Cookie);
        // Nothing was remembered of all that.
        let answer = meeting.handshake.handle_packet(at(29), WALL, HERE, &third);
        assert!(matches!(answer, Answer::Admit(_)), "{name}");
        // Another server of the same keys made another cookie.
        let mut other = Meeting::new(&client, &server);
        let config = StatelessConfig::new(server.clone());
        other.handshake = StatelessHandshake::new(config, &mut Seeded(9));
        assert_eq!(other.drop(at(29), HERE, &third), DropReason::Cookie);
    }
}

/// A third packet with everything right but what `change` makes wrong.
fn forged(
    client: &Wrapping,
    own: SessionId,
    first: FirstByte,
    change: impl FnOnce(&mut Control<'_>),
) -> Vec<u8> {
    let mut control = Control {
        acks: vec![0],
        receiver: SessionId::new([7; 8]),
        message: (first.opcode != Opcode::AckV1).then_some(Message {
            id: 1,
            payload: b"hello",
        }),
    };
    change(&mut control);
    let mut rest = Vec::new();
    control.encode(&mut rest);
    Wrap::new(client, Side::Client)
        .wrap(WALL, first, own, &rest)
        .unwrap()
}

#[test]
fn a_forged_session_id_makes_no_session() {
    for (name, client, server) in wrappings() {
        let mut meeting = Meeting::new(&client, &server);
        let first = meeting.sent();
        let reply = meeting.reply(at(1), &first[0]);
        let mut receiver = Wrap::new(&client, Side::Client);
        let given = receiver.unwrap(WALL, &reply).unwrap().sender;
        let opcode = match name {
            "tls-crypt-v2" => Opcode::ControlWkcV1,
            _ => Opcode::ControlV1,
        };
        let kind = FirstByte { opcode, key_id: 0 };
        let sent = Wrap::new(&server, Side::Server)
            .unwrap(WALL, &first[0])
            .unwrap();
        let own = sent.sender;
        let good = forged(&client, own, kind, |control| control.receiver = Some(given));
        let answer = meeting.handshake.handle_packet(at(1), WALL, HERE, &good);
        assert!(matches!(answer, Answer::Admit(_)), "{name}: {answer:?}");

        // One wrong bit anywhere in the session id.
        for bit in 0..64 {
            let wrong = u64::from_be_bytes(*given.bytes()) ^ 1 << bit;
            let wrong = SessionId::new(wrong.to_be_bytes());
            let bad = forged(&client, own, kind, |control| control.receiver = wrong);
            assert_eq!(
                meeting.drop(at(1), HERE, &bad),
                DropReason::Cookie,
                "{name} {bit}"
            );
        }
        let other = SessionId::new([3; 8]).unwrap();
        let bad = forged(&client, other, kind, |control| {
            control.receiver = Some(given);
        });
        assert_eq!(
            meeting.drop(at(1), HERE, &bad),
            DropReason::Cookie,
            "{name}"
        );
        let bad = forged(&client, own, kind, |control| control.acks.clear());
        assert_eq!(
            meeting.drop(at(1), HERE, &bad),
            DropReason::Cookie,
            "{name}"
        );
        let bad = forged(&client, own, kind, |control| {
            control.receiver = Some(given);
            control.acks = vec![0, 2];
        });
        assert_eq!(
            meeting.drop(at(1), HERE, &bad),
            DropReason::OutOfPlace,
            "{name}"
        );
        let bad = forged(&client, own, kind, |control| {
            control.receiver = Some(given);
            control.message = Some(Message {
                id: 2,
                payload: b"",
            });
        });
        assert_eq!(
            meeting.drop(at(1), HERE, &bad),
            DropReason::OutOfPlace,
            "{name}"
        );
    }
}

#[test]
fn a_bare_acknowledgement_is_enough_where_no_key_must_come_along() {
    for (name, client, server) in wrappings() {
        let mut meeting = Meeting::new(&client, &server);
        let first = meeting.sent();
        let reply = meeting.reply(at(1), &first[0]);
        let given = Wrap::new(&client, Side::Client)
            .unwrap(WALL, &reply)
            .unwrap()
            .sender;
        let own = Wrap::new(&server, Side::Server)
            .unwrap(WALL, &first[0])
            .unwrap()
            .sender;
        let opcode = Opcode::AckV1;
        let kind = FirstByte { opcode, key_id: 0 };
        let ack = forged(&client, own, kind, |control| control.receiver = Some(given));
        if name == "tls-crypt-v2" {
            assert_eq!(meeting.drop(at(1), HERE, &ack), DropReason::OutOfPlace);
            continue;
        }
        meeting.client.handle_packet(at(1), WALL, &reply);
        let hello = meeting.sent();
        let mut packets = vec![ack];
        packets.extend(hello);
        if name != "none" {
            // The counterfeit has used up a number that the client uses, too.
            packets.truncate(1);
            let now = meeting.client.deadline().unwrap().at;
            meeting.client.handle_timeout(now, WALL);
        }
        meeting.admit(at(1), &packets).connect();
    }
}

#[test]
fn only_what_begins_a_connection_is_looked_at() {
    for (name, client, server) in wrappings() {
        let mut meeting = Meeting::new(&client, &server);
        let first = meeting.sent().swap_remove(0);
        let v2 = name == "tls-crypt-v2";
        for byte in 0..=u8::MAX {
            let mut packet = first.clone();
            packet[0] = byte;
            let reason = match byte {
                0x38 if !v2 => continue,
                0x50 if v2 => continue,
                // These opcodes are looked into, and found changed.
                0x20 | 0x28 if !v2 => meeting.drop(at(1), HERE, &packet),
                0x58 if v2 => meeting.drop(at(1), HERE, &packet),
                _ => {
                    let reason = meeting.drop(at(1), HERE, &packet);
                    let unknown = matches!(reason, DropReason::Unwrap(UnwrapError::Layout(_)));
                    assert!(
                        unknown || reason == DropReason::OutOfPlace,
                        "{byte:02x} {reason:?}"
                    );
                    reason
                }
            };
            assert_ne!(reason, DropReason::TooMany);
        }
        let mut nobody = first.clone();
        nobody[1..9].fill(0);
        let reason = meeting.drop(at(1), HERE, &nobody);
        assert!(
            matches!(reason, DropReason::Unwrap(_)),
            "{name}: {reason:?}"
        );
        for length in 0..first.len() {
            meeting.drop(at(1), HERE, &first[..length]);
        }
    }
}

#[test]
fn answers_are_limited_and_come_back_with_time_and_with_connections() {
    let (_, client, server) = wrappings().swap_remove(1);
    let mut meeting = Meeting::with(&client, &server, |_, config| {
        let per = Duration::from_secs(10);
        config.answers = AnswerLimit { count: 5, per };
    });
    let first = meeting.sent().swap_remove(0);
    let answered = |meeting: &mut Meeting, now| {
        let replies = (0..20).filter(|_| {
            let answer = meeting.handshake.handle_packet(now, WALL, HERE, &first);
            matches!(answer, Answer::Reply(_))
        });
        replies.count()
    };
    assert_eq!(answered(&mut meeting, at(1)), 5);
    assert_eq!(answered(&mut meeting, at(1)), 0);
    assert_eq!(answered(&mut meeting, at(3)), 1);
    meeting.handshake.note_established();
    meeting.handshake.note_established();
    assert_eq!(answered(&mut meeting, at(3)), 2);
    assert_eq!(answered(&mut meeting, at(100)), 5);
}

#[test]
fn a_client_that_cannot_send_its_key_twice_gets_a_session_at_once_or_nothing() {
    let (_, client, server) = wrappings().swap_remove(3);
    let Wrapping::TlsCryptV2Client(key) = &client else {
        panic!("the last wrapping");
    };
    // The same key as an older client uses it: counting from 1.
    let own = SessionId::new([5; 8]).unwrap();
    let first = FirstByte {
        opcode: Opcode::HardResetClientV3,
        key_id: 0,
    };
    let mut old = Wrap::new(&Wrapping::TlsCrypt(key.key.clone()), Side::Client);
    let mut reset = old.wrap(WALL, first, own, &[0; 5]).unwrap();
    reset.extend_from_slice(key.wrapped.bytes());
    let mut meeting = Meeting::new(&client, &server);
    let Answer::Admit(admission) = meeting.handshake.handle_packet(at(1), WALL, HERE, &reset)
    else {
        panic!("not admitted");
    };
    let entropy = Box::new(Seeded(2));
    let mut session = Session::admitted(meeting.server.clone(), admission, entropy, at(1), WALL);
    let Some(Output::Packet(reply)) = session.poll() else {
        panic!("no answer");
    };
    let answer = old.unwrap(WALL, &reply).unwrap();
    assert_eq!(answer.first.opcode, Opcode::HardResetServerV2);
    let control = Control::decode(answer.first.opcode, &answer.rest).unwrap();
    let said = EarlyNegotiation::decode(control.message.unwrap().payload).unwrap();
    assert_eq!((control.acks, said.resend_client_key), (vec![0], false));

    let mut strict = Meeting::with(&client, &server, |_, config| config.without_cookie = false);
    assert_eq!(strict.drop(at(1), HERE, &reset), DropReason::Cookie);
}
