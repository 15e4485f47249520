//! Pushed configurations that cannot be used, or must not be.

use crate::fault::Expected::{Borne, Ends};
use crate::fault::{Expected, Fault};
use spoke_engine::Side;
use spoke_sim::puppet::Point;
use spoke_wire::FilterRule;
use std::time::Duration;

const GOOD: &str = "topology subnet,ifconfig 10.88.0.2 255.255.255.0,peer-id 7,cipher AES-256-GCM,protocol-flags cc-exit tls-ekm";

const INVALID: Expected = Ends("PeerBrokeRules/Push/Invalid");
const FLAG: Expected = Ends("PeerBrokeRules/Push/UnknownFlag");
const COMPRESSION: Expected = Ends("PeerBrokeRules/Push/Compression");
const NOT_OFFERED: Expected = Ends("PeerRefused/NotOffered");
const NO_CIPHER: Expected = Ends("PeerRefused/NoCommonCipher");
const NO_PUSH: Expected = Ends("Silence/NoPush");

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(essential());
    faults.extend(harmless());
    faults.extend(programs());
    faults.extend(sizes());
    faults.extend(repetitions());
    faults.extend(updates());
    faults.extend(rejected());
    faults.extend(lifetimes());
    faults
}

/// Pushes `options`, whole.
fn pushed(what: &str, options: String, expected: Expected) -> Fault {
    Fault::new(what, Side::Client, Point::Keys, expected, move |stage| {
        stage.push(&options).expect("keys");
        if expected == NO_PUSH {
            stage.pass(Duration::from_secs(100));
        }
    })
}

fn also(option: &str, expected: Expected) -> Fault {
    pushed(&format!("`{option}`"), format!("{GOOD},{option}"), expected)
}

/// What keys, packets and the tunnel's address depend on.
fn essential() -> Vec<Fault> {
    let mut faults = Vec::new();
    for option in [
        "ifconfig 10.88.0.2",
        "ifconfig 10.88.0.256 255.255.255.0",
        "ifconfig localhost 255.255.255.0",
        "ifconfig 10.88.0.2 255.255.255.0 extra",
        "ifconfig-ipv6 fd00::2",
        "ifconfig-ipv6 fd00::2/129 fd00::1",
        "ifconfig-ipv6 fd00::2/64 10.0.0.1",
        "topology ring",
        "peer-id 16777216",
        "peer-id -2",
        "peer-id 0x7",
        "peer-id",
        "tun-mtu 0",
        "tun-mtu 99",
        "tun-mtu 65536",
        "tun-mtu 1500bytes",
        "cipher",
        "auth-token",
        "auth-token-user %%%",
        "auth-token-user AAA=",
    ] {
        faults.push(also(option, INVALID));
    }
    for cipher in ["none", "BF-CBC", "AES-256-GCM-X", "[null-cipher]"] {
        faults.push(also(&format!("cipher {cipher}"), NO_CIPHER));
    }
    for option in [
        "protocol-flags tls-ekm what-is-this",
        "protocol-flags none",
        "key-derivation md5",
        "key-derivation",
    ] {
        faults.push(also(option, FLAG));
    }
    faults.extend(compression());
    faults.extend(formats());
    faults.push(also(
        "ifconfig \"10.88.0.2 255.255.255.0",
        Ends("PeerBrokeRules/Push/Line/OpenQuote"),
    ));
    faults.push(also(
        "cipher AES\\-256-GCM",
        Ends("PeerBrokeRules/Push/Line/Backslash"),
    ));
    faults
}

/// Nothing is ever compressed here. The framing of gateways that might is spoken: most only take what is compressed.
fn compression() -> Vec<Fault> {
    let mut faults = vec![also("compress deflate", COMPRESSION)];
    for option in [
        "comp-lzo",
        "comp-lzo adaptive",
        "compress lz4",
        "compress lz4-v2",
        "compress lzo",
    ] {
        faults.push(
            also(option, Borne)
                .because("its framing is spoken; what comes compressed ends the session"),
        );
    }
    faults
}

/// Formats that were not announced, or cannot be used with what else is pushed.
fn formats() -> Vec<Fault> {
    let epochs =
        "topology subnet,ifconfig 10.88.0.2 255.255.255.0,protocol-flags tls-ekm aead-epoch";
    vec![
        pushed(
            "data packets with epochs and no peer-id",
            format!("{epochs},cipher AES-256-GCM"),
            NOT_OFFERED,
        ),
        pushed(
            "data packets with epochs and peer-id -1",
            format!("{epochs},cipher AES-256-GCM,peer-id -1"),
            NOT_OFFERED,
        ),
        pushed(
            "data packets with epochs and a cipher without tags",
            format!("{epochs},cipher AES-256-CBC,peer-id 7"),
            NOT_OFFERED,
        ),
        pushed(
            "data packets with epochs, to a client that knows none",
            format!("{epochs},cipher AES-256-GCM,peer-id 7"),
            NOT_OFFERED,
        )
        .with(|scenario| scenario.modern = false),
        pushed(
            "dynamic tls-crypt, to a client that knows none",
            format!("{GOOD} dyn-tls-crypt"),
            NOT_OFFERED,
        )
        .with(|scenario| scenario.modern = false),
    ]
}

/// What can be done without is kept for showing, and not acted on.
fn harmless() -> Vec<Fault> {
    [
        "route gateway.example.com",
        "route 10.0.0.0 255.0.255.0",
        "route 300.0.0.0 255.0.0.0",
        "route 10.0.0.0 255.0.0.0 vpn_gateway -1",
        "route 10.0.0.0 255.0.0.0;reboot",
        "route-ipv6 ::/200",
        "route-metric 99999999999",
        "route-gateway dhcp",
        "ping 4294967296",
        "ping -5",
        "ping-restart soon",
        "inactive 10 20 30",
        "dhcp-option DNS resolver.example.com",
        "dhcp-option DOMAIN $(reboot)",
        "dhcp-option DOMAIN ../../etc/passwd",
        "dns server 128 address 10.0.0.1",
        "dns server 0 address",
        "dns server 0 transport carrier-pigeon",
        "dns search-domains a_b;c",
        "explicit-exit-notify 99999999999",
        "an-option-of-the-future \"that is not closed",
        "\"\"",
    ]
    .into_iter()
    .map(|option| also(option, Borne))
    .collect()
}

/// What ran programs or redirected old clients.
fn programs() -> Vec<Fault> {
    [
        "up /bin/sh",
        "route-up \"/bin/sh -c reboot\"",
        "script-security 3",
        "plugin /usr/lib/evil.so",
        "setenv LD_PRELOAD /tmp/evil.so",
        "setenv-safe PATH /tmp",
        "config /etc/shadow",
        "remote attacker.example 1194",
        "ca /tmp/ca.pem",
        "log /etc/passwd",
        "user root",
        "management 0.0.0.0 7505",
        "auth none",
        "secret /tmp/key",
    ]
    .into_iter()
    .map(|option| also(option, Borne))
    .collect()
}

fn sizes() -> Vec<Fault> {
    let too_long = Ends("PeerBrokeRules/MessageTooLong");
    let too_many = Ends("PeerBrokeRules/Push/TooLong");
    let parts = |what: &str, part: String, count: usize, expected| {
        Fault::new(what, Side::Client, Point::Keys, expected, move |stage| {
            for _ in 0..count {
                stage
                    .puppet
                    .tell(0, &format!("PUSH_REPLY,{part}push-continuation 2"));
                stage.pump();
            }
            if expected == Borne {
                stage
                    .push(&format!("{GOOD},push-continuation 1"))
                    .expect("keys");
            } else {
                stage.pass(Duration::from_secs(100));
            }
        })
    };
    vec![
        pushed(
            "a message of a megabyte",
            format!("{GOOD},x {}", "y".repeat(1 << 20)),
            too_long,
        ),
        pushed(
            "an option of 100,000 bytes",
            format!("{GOOD},echo {}", "y".repeat(100_000)),
            Borne,
        ),
        pushed(
            "a token of 100,000 bytes",
            format!("{GOOD},auth-token {}", "y".repeat(100_000)),
            Borne,
        ),
        parts(
            "a megabyte in parts",
            format!("x {},", "y".repeat(900)),
            1200,
            too_many,
        ),
        parts("100,000 options in parts", "a,".repeat(450), 223, Borne),
        parts(
            "15,000 routes in parts",
            "route 10.0.0.1,".repeat(60),
            250,
            Borne,
        ),
        parts(
            "10,000 parts with nothing in them, and no last one",
            String::new(),
            10_000,
            NO_PUSH,
        ),
        parts(
            "a first part, and no last one",
            "route 10.0.0.1,".to_owned(),
            1,
            NO_PUSH,
        ),
        pushed(
            "control characters",
            format!("{GOOD},echo \x1b[2J"),
            NO_PUSH,
        )
        .because("such a message is not read (CVE-2024-5594)"),
        Fault::new(
            "bytes that are not UTF-8",
            Side::Client,
            Point::Keys,
            Borne,
            |stage| {
                let text = [b"PUSH_REPLY,", GOOD.as_bytes(), b",echo \xff\xfe\0"].concat();
                stage.puppet.say_secret(0, &text);
                stage.pump();
            },
        )
        .because("they are shown as unreadable; a server may speak in another code page"),
        Fault::new(
            "nothing but acknowledgements",
            Side::Client,
            Point::Keys,
            NO_PUSH,
            |stage| {
                stage.pass(Duration::from_secs(100));
            },
        ),
    ]
}

fn repetitions() -> Vec<Fault> {
    let up = |what: &str, text: String, count: usize| {
        Fault::new(what, Side::Client, Point::Up, Borne, move |stage| {
            for _ in 0..count {
                stage.puppet.tell(0, &text);
                stage.pump();
            }
        })
    };
    vec![
        pushed("no options at all", String::new(), Borne)
            .because("the cipher is in the options string; that there is no address is for the caller to find"),
        up("another configuration when one is there", "PUSH_REPLY,ifconfig 10.66.0.2 255.255.255.0,cipher none".to_owned(), 1)
            .because("only a new token would be taken; the host hears nothing"),
        up("a configuration for another address with a new token", "PUSH_REPLY,ifconfig 10.66.0.2 255.255.255.0,auth-token SESS_ID_x".to_owned(), 1)
            .because("the token is taken and nothing else"),
        up("1,000 configurations when one is there", format!("PUSH_REPLY,{GOOD}"), 1000),
        up("1,000 new tokens", "PUSH_REPLY,auth-token SESS_ID_x".to_owned(), 1000),
        up("a part of a configuration when one is there", "PUSH_REPLY,route 10.0.0.1,push-continuation 2".to_owned(), 1),
    ]
}

/// Updates that cannot be followed end the connection: a new one begins with a whole configuration.
fn updates() -> Vec<Fault> {
    let update = |item: &str, expected| {
        let text = format!("PUSH_UPDATE,route 10.1.0.0 255.255.0.0,{item}");
        let what = format!("the update `{item}`");
        Fault::new(what, Side::Client, Point::Up, expected, move |stage| {
            stage.puppet.tell(0, &text);
            stage.pump();
        })
    };
    let mut faults = Vec::new();
    for item in ["?-route", "-", "?", "-ifconfig 10.0.0.1", "--ifconfig"] {
        faults.push(update(item, Ends("PeerRefused/Update/Malformed")));
    }
    for item in [
        "cipher none",
        "peer-id 5",
        "protocol-flags dyn-tls-crypt",
        "up /bin/sh",
    ] {
        faults.push(update(item, Ends("PeerRefused/Update/Fixed")));
    }
    for item in ["ifconfig 10.0.0.300 255.0.0.0", "tun-mtu 5"] {
        faults.push(update(item, Ends("PeerRefused/Update/Unusable")));
    }
    for item in ["?cipher none", "-?up", "-dns", "?what-is-this 1 2 3"] {
        faults.push(update(item, Borne).with_change());
    }
    faults.push(Fault::new(
        "an update before any configuration",
        Side::Client,
        Point::Keys,
        Borne,
        |stage| {
            stage
                .puppet
                .tell(0, "PUSH_UPDATE,ifconfig 10.66.0.2 255.255.255.0");
        },
    ));
    faults.push(Fault::new(
        "an update of a megabyte in parts",
        Side::Client,
        Point::Up,
        Ends("PeerBrokeRules/Push/TooLong"),
        |stage| {
            let part = format!(
                "PUSH_UPDATE,{}push-continuation 2",
                "route 10.0.0.1,".repeat(60)
            );
            for _ in 0..1200 {
                stage.puppet.tell(0, &part);
                stage.pump();
            }
        },
    ));
    faults
}

/// What the profile rejects by name, wherever it comes.
fn rejected() -> Vec<Fault> {
    const FILTERED: Expected = Ends("PeerRefused/Filtered");
    let told = |what: &str, when, text: &'static str, expected| {
        Fault::new(what, Side::Client, when, expected, move |stage| {
            stage.puppet.tell(0, text);
            stage.pump();
        })
        .with(|scenario| {
            let rule = (FilterRule::Reject, "redirect-gateway".to_owned());
            scenario.push_filter.rules.push(rule);
        })
    };
    vec![
        told(
            "an option that the profile rejects",
            Point::Keys,
            "PUSH_REPLY,ifconfig 10.88.0.2 255.255.255.0,redirect-gateway def1",
            FILTERED,
        ),
        told(
            "an option that the profile rejects, in the second part",
            Point::Keys,
            "PUSH_REPLY,ifconfig 10.88.0.2 255.255.255.0,push-continuation 2\0PUSH_REPLY,redirect-gateway,push-continuation 1",
            FILTERED,
        ),
        told(
            "an update with an option that the profile rejects",
            Point::Up,
            "PUSH_UPDATE,route 10.1.0.0 255.255.0.0,?redirect-gateway def1",
            FILTERED,
        ),
    ]
}

/// Ends that a gateway sets to a connection, which it must reach and not outlive.
fn lifetimes() -> Vec<Fault> {
    let bound = |option: &str, seconds: u64, traffic: usize, expected| {
        let options = format!("{GOOD},{option}");
        let what = format!("`{option}`, and {traffic} bytes in each of {seconds} seconds");
        Fault::new(what, Side::Client, Point::Keys, expected, move |stage| {
            stage.push(&options).expect("keys");
            for _ in 0..seconds {
                if stage.check_open().is_ok() && traffic > 0 {
                    let packet = stage.puppet.seal(0, &vec![0x45; traffic]).expect("a key");
                    stage.deliver(packet);
                }
                stage.pass(Duration::from_secs(1));
            }
        })
    };
    vec![
        bound("session-timeout 1", 2, 0, Ends("Expired/SessionTimeout")),
        bound("session-timeout 30", 29, 100, Borne),
        bound(
            "session-timeout 30",
            31,
            100,
            Ends("Expired/SessionTimeout"),
        )
        .because("nothing puts it off"),
        bound("session-timeout 0", 100, 100, Borne).because("zero is no bound"),
        bound("session-timeout 4294967295", 100, 100, Borne)
            .because("a day is the longest that is taken"),
        bound("inactive 20 1000", 21, 40, Ends("Expired/Inactive")),
        bound("inactive 20 1000", 30, 60, Borne),
        bound("inactive 20", 21, 0, Ends("Expired/Inactive")),
        bound("ping-exit 20", 21, 0, Ends("Expired/PingExit")),
        bound("ping-exit 20", 30, 40, Borne),
    ]
}
