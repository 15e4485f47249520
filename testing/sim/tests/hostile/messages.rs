//! Text messages that are malformed, out of place, or too many.

use crate::fault::Expected::{Borne, Ends};
use crate::fault::{Expected, Fault};
use spoke_engine::Side;
use spoke_sim::puppet::Point;
use std::time::Duration;

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(refusals());
    faults.extend(pending());
    faults.extend(steps());
    faults.extend(partings());
    faults.extend(noise());
    faults.extend(to_servers());
    faults
}

fn told(what: &str, attacked: Side, when: Point, text: String, expected: Expected) -> Fault {
    Fault::new(what, attacked, when, expected, move |stage| {
        stage.puppet.tell(0, &text);
        stage.pump();
    })
}

fn refusals() -> Vec<Fault> {
    let credentials = "PeerRefused/Credentials";
    let long = format!("AUTH_FAILED,{}", "no ".repeat(20_000));
    [
        ("a refusal", "AUTH_FAILED", credentials),
        ("a refusal of 60,000 bytes", long.as_str(), credentials),
        (
            "a refusal for the time being",
            "AUTH_FAILED,TEMP:later",
            "PeerRefused/Temporary",
        ),
        (
            "a refusal with a pause of 10^20 seconds",
            "AUTH_FAILED,TEMP[backoff 100000000000000000000]:later",
            "PeerRefused/Temporary",
        ),
        (
            "a refusal with brackets that do not close",
            "AUTH_FAILED,TEMP[backoff 5,advance",
            "PeerRefused/Temporary",
        ),
        (
            "an expired token that was never given",
            "AUTH_FAILED,SESSION: expired",
            "PeerRefused/SessionExpired",
        ),
        (
            "a challenge that would turn the direction of its text",
            "AUTH_FAILED,CRV1:R,E:state:c29tZW9uZQ==:\u{202e}code?",
            "PeerRefused/Challenge/DynamicChallenge",
        ),
        (
            "a challenge without its parts",
            "AUTH_FAILED,CRV1:R,E",
            credentials,
        ),
        (
            "a challenge whose user name is not base64",
            "AUTH_FAILED,CRV1:R,E:state:%%%:code?",
            credentials,
        ),
        (
            "a challenge whose user name is not UTF-8",
            "AUTH_FAILED,CRV1:R,E:state://///w==:code?",
            credentials,
        ),
    ]
    .into_iter()
    .flat_map(|(what, text, error)| {
        [Point::Keys, Point::Up]
            .map(|when| told(what, Side::Client, when, text.to_owned(), Ends(error)))
    })
    .collect()
}

fn pending() -> Vec<Fault> {
    let wait = |what: &str, text: &'static str, every: u64| {
        Fault::new(
            what,
            Side::Client,
            Point::Keys,
            Ends("Silence/NoPush"),
            move |stage| {
                let end = stage.now() + Duration::from_secs(39 * 60);
                while stage.now() < end && stage.check_open().is_ok() {
                    stage.puppet.tell(0, text);
                    stage.pump();
                    stage.pass(Duration::from_secs(every));
                }
            },
        )
    };
    vec![
        wait(
            "a pending sign-in of 2^32 seconds",
            "AUTH_PENDING,timeout 4294967296",
            39 * 60,
        ),
        wait(
            "a pending sign-in of 2^32 - 1 seconds",
            "AUTH_PENDING,timeout 4294967295",
            39 * 60,
        )
        .because("after half an hour"),
        wait(
            "a pending sign-in, said again each minute",
            "AUTH_PENDING,timeout 300",
            60,
        )
        .because("the time counts from the key exchange on"),
        wait(
            "a pending sign-in without a number",
            "AUTH_PENDING,timeout soon",
            39 * 60,
        ),
    ]
}

/// Pages that must not be opened and questions that must not be shown: no step comes out.
fn steps() -> Vec<Fault> {
    [
        "WEB_AUTH::javascript:alert(1)",
        "WEB_AUTH::file:///etc/passwd",
        "WEB_AUTH::http://gateway.example/",
        "WEB_AUTH::https://",
        "WEB_AUTH:external",
        "OPEN_URL:javascript:alert(1)",
        "OPEN_URL:--new-window",
        "OPEN_URL:",
        "WHAT_IS_THIS:x",
        "",
    ]
    .into_iter()
    .map(|step| {
        let what = format!("the sign-in step `{step}`");
        Fault::new(what, Side::Client, Point::Keys, Borne, move |stage| {
            stage.puppet.tell(0, &format!("INFO_PRE,{step}"));
            stage.pump();
            assert_eq!(stage.victim.known().steps, []);
        })
    })
    .collect()
}

fn partings() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (what, text, error) in [
        ("a restart", "RESTART", "PeerRefused/Restart"),
        (
            "a restart with flags that do not close",
            "RESTART,[PN",
            "PeerRefused/Restart",
        ),
        ("a halt", "HALT,go away", "PeerRefused/Halt"),
        ("an exit", "EXIT", "PeerRefused/Exit"),
    ] {
        for when in [Point::Keys, Point::Up] {
            faults.push(told(what, Side::Client, when, text.to_owned(), Ends(error)));
        }
    }
    faults.push(Fault::new(
        "1,000 restarts at once",
        Side::Client,
        Point::Up,
        Ends("PeerRefused/Restart"),
        |stage| {
            stage.puppet.say_secret(0, &b"RESTART,again\0".repeat(1000));
        },
    ));
    faults
}

fn noise() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (what, text) in [
        ("an unknown message", "WHAT_IS_THIS,1,2,3".to_owned()),
        (
            "an unknown message of 100,000 bytes",
            format!("X{}", "y".repeat(100_000)),
        ),
        (
            "a message with control characters",
            "INFO,\x1b]0;owned\x07".to_owned(),
        ),
        (
            "a message with characters that turn the line around",
            "INFO,\u{202e}owned".to_owned(),
        ),
    ] {
        for attacked in [Side::Client, Side::Server] {
            faults.push(told(what, attacked, Point::Up, text.clone(), Borne));
        }
    }
    faults.extend(Fault::both(
        "a message that is not UTF-8",
        Point::Up,
        Borne,
        |stage| {
            stage.puppet.say_secret(0, b"INFO,\xff\xfe\xc0\0");
        },
    ));
    faults.extend(Fault::both("10,000 notices", Point::Up, Borne, |stage| {
        for _ in 0..1000 {
            stage.puppet.say_secret(0, &b"INFO,hello\0".repeat(10));
            stage.pump();
        }
    }));
    faults.extend(Fault::both(
        "100,000 empty messages",
        Point::Up,
        Borne,
        |stage| {
            stage.puppet.say_secret(0, &vec![0; 100_000]);
        },
    ));
    faults.extend(Fault::both(
        "messages in records of one byte",
        Point::Up,
        Borne,
        |stage| {
            for byte in b"INFO,hello\0INFO,again\0" {
                stage.puppet.say_secret(0, &[*byte]);
                stage.pump();
            }
        },
    ));
    faults
}

fn to_servers() -> Vec<Fault> {
    let mut faults = Vec::new();
    for (what, text) in [
        ("a configuration", "PUSH_REPLY,ifconfig 10.0.0.1 255.0.0.0"),
        ("an update", "PUSH_UPDATE,route 10.0.0.0 255.0.0.0"),
        ("a refusal", "AUTH_FAILED,no"),
        ("a restart", "RESTART"),
        ("a halt", "HALT"),
        ("an answer to no challenge", "CR_RESPONSE,c2VjcmV0"),
        ("an answer that is not base64", "CR_RESPONSE,%%%"),
    ] {
        faults.push(
            told(what, Side::Server, Point::Up, text.to_owned(), Borne)
                .because("only servers say that, or only when asked"),
        );
    }
    for when in [Point::Keys, Point::Up] {
        faults.push(told(
            "an exit",
            Side::Server,
            when,
            "EXIT".to_owned(),
            Ends("PeerRefused/Exit"),
        ));
    }
    faults.push(
        Fault::new(
            "5,000 requests for the configuration",
            Side::Server,
            Point::Up,
            Borne,
            |stage| {
                for _ in 0..5000 {
                    stage.puppet.tell(0, "PUSH_REQUEST");
                    stage.pump();
                }
            },
        )
        .because("one was answered"),
    );
    faults
}
