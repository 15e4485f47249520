//! Key exchanges that lie about their lengths, their method, or their sender.

use crate::fault::Expected::{Borne, Ends};
use crate::fault::{Expected, Fault};
use spoke_engine::Side;
use spoke_sim::puppet::{Point, Stage};
use spoke_wire::KeyExchange;
use std::time::Duration;

const AT: Point = Point::Tls;
const NO_KEYS: &str = "Silence/NoKeys";
const METHOD: &str = "PeerBrokeRules/KeyExchange/KeyMethod";
const START: &str = "PeerBrokeRules/KeyExchange/BadStart";
const STRING: &str = "PeerBrokeRules/KeyExchange/BadString";

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(starts());
    faults.extend(strings());
    faults.extend(pieces());
    faults.extend(clients());
    faults.extend(texts());
    faults
}

/// The bytes of a correct message, and where its options string begins.
fn exchange(stage: &mut Stage) -> (Vec<u8>, usize) {
    let message = stage.puppet.exchange();
    let bytes = message.encode().expect("short").to_vec();
    stage.puppet.lane(0).own = Some(message);
    let options = match stage.puppet.side {
        Side::Client => 117,
        Side::Server => 69,
    };
    (bytes, options)
}

/// Puts another options string into a message that has its own at `at`.
fn options(bytes: &mut Vec<u8>, at: usize, text: &str) {
    let own = usize::from(bytes[at + 1]);
    let length = u16::try_from(text.len() + 1).expect("short");
    let text = [&length.to_be_bytes()[..], text.as_bytes(), &[0]].concat();
    bytes.splice(at..at + 2 + own, text);
}

/// Says the message after `change`, and waits for what comes of it.
fn changed(
    what: &str,
    expected: Expected,
    change: impl Fn(&mut Vec<u8>, usize) + Clone + 'static,
) -> [Fault; 2] {
    Fault::both(what, AT, expected, move |stage| {
        let (mut bytes, options) = exchange(stage);
        change(&mut bytes, options);
        stage.puppet.say_secret(0, &bytes);
        stage.pump();
        match expected {
            Ends(_) => stage.pass(Duration::from_secs(200)),
            _ => stage.point = Point::Keys,
        }
    })
}

fn starts() -> Vec<Fault> {
    [
        changed("key method 1", Ends(METHOD), |bytes, _| bytes[4] = 1),
        changed("key method 0", Ends(METHOD), |bytes, _| bytes[4] = 0),
        changed("key method 15", Ends(METHOD), |bytes, _| bytes[4] = 15),
        changed("key method 2 with high bits", Borne, |bytes, _| {
            bytes[4] = 0xf2;
        })
        .map(|fault| fault.because("they are reserved")),
        changed("a fourth byte that is not zero", Ends(START), |bytes, _| {
            bytes[3] = 1;
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn strings() -> Vec<Fault> {
    [
        changed(
            "an options string that is longer than the message",
            Ends(NO_KEYS),
            |bytes, at| {
                bytes[at..at + 2].fill(0xff);
            },
        ),
        changed(
            "an options string that ends before its NUL",
            Ends(STRING),
            |bytes, at| {
                bytes[at + 1] -= 1;
            },
        ),
        changed(
            "a NUL inside the options string",
            Ends(STRING),
            |bytes, at| bytes[at + 5] = 0,
        ),
        changed(
            "no NUL at the end of the options string",
            Ends(STRING),
            |bytes, at| {
                let length = usize::from(bytes[at + 1]);
                bytes[at + 1 + length] = b'x';
            },
        ),
        changed("an options string that is not UTF-8", Borne, |bytes, at| {
            bytes[at + 6..at + 9].fill(0xff);
        })
        .map(|fault| fault.because("what cannot be read counts for nothing")),
        changed(
            "control characters in the options string",
            Borne,
            |bytes, at| {
                bytes[at + 6..at + 9].copy_from_slice(b"\x1b[2");
            },
        ),
        changed(
            "a message that ends in its random numbers",
            Ends(NO_KEYS),
            |bytes, _| {
                bytes.truncate(50);
            },
        ),
        changed(
            "a message that ends in its options string",
            Ends(NO_KEYS),
            |bytes, at| {
                bytes.truncate(at + 9);
            },
        ),
        changed("an options string of 65,534 bytes", Borne, |bytes, at| {
            let length = usize::from(bytes[at + 1]);
            let long = [&[0xff; 2][..], &[b'o'; 65_534], &[0]].concat();
            bytes.splice(at..at + 2 + length, long);
        }),
        changed("options of an end that fragments", Borne, |bytes, at| {
            options(bytes, at, "V4,dev-type tun,mtu-dynamic,cipher AES-256-GCM");
        })
        .map(|fault| fault.on_udp(Ends("PeerRefused/Payload/Fragments")))
        .map(|fault| fault.because("over UDP nothing would go through, over TCP there are none")),
        changed(
            "options of an end with Ethernet frames",
            Ends("PeerRefused/Payload/Ethernet"),
            |bytes, at| options(bytes, at, "V4,dev-type tap,cipher AES-256-GCM"),
        )
        .map(|fault| fault.because("nothing would go through")),
        changed("no options string", Borne, |bytes, at| {
            let length = usize::from(bytes[at + 1]);
            bytes.splice(at..at + 2 + length, [0, 0]);
        }),
        changed(
            "a pre-master secret and random numbers of zeros",
            Borne,
            |bytes, at| {
                bytes[5..at].fill(0);
            },
        )
        .map(|fault| fault.because("the keys come from the TLS exporter")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pieces() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(Fault::both(
        "the message in records of one byte",
        AT,
        Borne,
        |stage| {
            let (bytes, _) = exchange(stage);
            for byte in bytes {
                stage.puppet.say_secret(0, &[byte]);
                stage.pump();
            }
            stage.point = Point::Keys;
        },
    ));
    faults.extend(
        Fault::both("the message twice", AT, Borne, |stage| {
            let (bytes, _) = exchange(stage);
            stage.puppet.say_secret(0, &bytes);
            stage.puppet.say_secret(0, &bytes);
            stage.puppet.tell(0, "");
            stage.pump();
            stage.point = Point::Keys;
        })
        .map(|fault| fault.because("what follows is read as text, and is none")),
    );
    faults.extend(Fault::both(
        "one byte a second, never all of it",
        AT,
        Ends(NO_KEYS),
        |stage| {
            let (bytes, _) = exchange(stage);
            for byte in bytes {
                stage.puppet.say_secret(0, &[byte]);
                stage.pump();
                stage.pass(Duration::from_secs(1));
            }
        },
    ));
    faults
}

/// A client's message with one thing changed.
fn client(what: &str, expected: Expected, change: impl Fn(&mut KeyExchange) + 'static) -> Fault {
    Fault::new(what, Side::Server, AT, expected, move |stage| {
        let mut message = stage.puppet.exchange();
        change(&mut message);
        stage.puppet.say_this_exchange(0, message);
        stage.pump();
        match expected {
            Ends(_) => stage.pass(Duration::from_secs(200)),
            _ => stage.point = Point::Keys,
        }
    })
}

fn peer_info(what: &str, expected: Expected, text: String) -> Fault {
    client(what, expected, move |message| {
        message.peer_info = Some(text.clone());
    })
}

fn clients() -> Vec<Fault> {
    let rejected = Ends("Rejected");
    let no_cipher = Ends("PeerRefused/NoCommonCipher");
    vec![
        client("no name and no password", rejected, |message| {
            (message.username, message.password) = (None, None);
        }),
        client("a password of 65,534 bytes", rejected, |message| {
            message.password = Some("p".repeat(65_534));
        }),
        client(
            "all strings as long as can be",
            Ends("PeerBrokeRules/MessageTooLong"),
            |message| {
                let long = "x".repeat(65_534);
                message.options.clone_from(&long);
                message.username = Some(long.clone());
                message.password = Some(long.clone());
                message.peer_info = Some(long);
            },
        ),
        client("control characters in the user name", Borne, |message| {
            message.username = Some("some\x1b[31mone\r\n".to_owned());
        })
        .because("who it is, is for the caller to judge"),
        client("no peer info", Borne, |message| message.peer_info = None)
            .because("so do old clients: the cipher is in the options string"),
        client("no peer info and no cipher", no_cipher, |message| {
            (message.options, message.peer_info) = ("V4".to_owned(), None);
        }),
        client("an old client with cipher none", no_cipher, |message| {
            (message.options, message.peer_info) = ("V4,cipher none".to_owned(), None);
        }),
        peer_info(
            "only weak ciphers",
            no_cipher,
            "IV_PROTO=158\nIV_CIPHERS=BF-CBC:none\n".to_owned(),
        ),
        peer_info(
            "all abilities that there may be",
            Borne,
            "IV_PROTO=4294967295\nIV_CIPHERS=AES-256-GCM\n".to_owned(),
        ),
        peer_info(
            "abilities that are no number",
            Borne,
            "IV_PROTO=99999999999999999999\nIV_CIPHERS=AES-256-GCM\n".to_owned(),
        ),
        peer_info("10,000 lines of peer info", Borne, {
            let mut text = "IV_PROTO=158\nIV_CIPHERS=AES-256-GCM\n".to_owned();
            text.push_str(&"A=1\n".repeat(10_000));
            text
        }),
        peer_info(
            "control characters in the peer info",
            Borne,
            "IV_PROTO=158\nIV_CIPHERS=AES-256-GCM\nUV_X=\x1b]0;\x07\n".to_owned(),
        ),
    ]
}

/// Text in place of the key exchange.
fn texts() -> Vec<Fault> {
    let to_client = |what: &str, text: &'static str, expected| {
        Fault::new(what, Side::Client, AT, expected, move |stage| {
            stage.puppet.tell(0, text);
            stage.pump();
        })
    };
    vec![
        to_client(
            "a refusal in place of the key exchange",
            "AUTH_FAILED,no",
            Ends("PeerRefused/Credentials"),
        )
        .because("so a gateway may answer"),
        to_client(
            "a configuration in place of the key exchange",
            "PUSH_REPLY,ifconfig 10.0.0.2 255.255.255.0,cipher AES-256-GCM",
            Borne,
        )
        .because("it is not used"),
        to_client(
            "an unknown text in place of the key exchange",
            "HELLO",
            Borne,
        ),
        to_client(
            "the end in place of the key exchange",
            "EXIT",
            Ends("PeerRefused/Exit"),
        ),
        Fault::new(
            "a request for the configuration in place of the key exchange",
            Side::Server,
            AT,
            Ends(START),
            |stage| {
                stage.puppet.tell(0, "PUSH_REQUEST");
            },
        ),
    ]
}
