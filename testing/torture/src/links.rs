//! Transfers over bad links, compared by their digests.

use crate::report::{Report, in_words};
use crate::stage::{expect, ready};
use crate::trial::Size;
use crate::weather::{Weather, recable};
use spoke_lab::{Lab, LabError, digest, pattern, places};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How much is moved, each way.
const BYTES: usize = 10_000_000;
/// The same in a small run.
const FEW_BYTES: usize = 300_000;
/// Longest that nothing may come.
const SILENCE: Duration = Duration::from_secs(90);

/// The weathers that a transfer has to come through.
const WEATHERS: [(&str, Weather); 6] = [
    ("1 % lost", lossy(10)),
    ("5 % lost", lossy(50)),
    ("20 % lost", lossy(200)),
    (
        "300 ms to the gateway and back",
        Weather {
            delay: Duration::from_millis(150),
            ..lossy(0)
        },
    ),
    (
        "packets overtake each other, by up to 10 ms",
        Weather {
            delay: Duration::from_millis(5),
            jitter: Duration::from_millis(10),
            ..lossy(0)
        },
    ),
    (
        "packets of more than 1400 bytes vanish",
        Weather {
            black_hole: Some(1400),
            ..lossy(0)
        },
    ),
];

const fn lossy(lost: u64) -> Weather {
    Weather {
        lost,
        delay: Duration::from_millis(5),
        jitter: Duration::ZERO,
        black_hole: None,
    }
}

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    let mut report = Report::default();
    let lab = ready("udp")?;
    let bytes = if size.is_small() { FEW_BYTES } else { BYTES };
    let weathers = if size.is_small() {
        &WEATHERS[1..2]
    } else {
        &WEATHERS[..]
    };
    for (words, weather) in weathers {
        recable(&lab, *weather)?;
        for transport in ["udp", "tcp"] {
            let setting = format!("transport={transport}");
            expect(&lab, &["profile", "set", places::PROFILE, &setting])?;
            let over = transport.to_uppercase();
            let what = format!("{} MB down and up over {over}: {words}", bytes / 1_000_000);
            let begun = Instant::now();
            let seen = through(&lab, bytes);
            let kept = seen.is_ok();
            let seen = seen.map_or_else(|why| why, |()| in_words(begun.elapsed()));
            report.demand(what, "whole", seen, kept);
            // Whatever came of it, the next one begins anew.
            lab.spoke(&["disconnect"])?;
        }
    }
    Ok(report)
}

/// Connects and moves bytes both ways, or says why not.
fn through(lab: &Lab, bytes: usize) -> Result<(), String> {
    expect(lab, &["connect", "--timeout", "90s"])
        .map_err(|why| format!("cannot connect: {why}"))?;
    let contents = pattern(bytes);
    let whole = digest(&contents);
    let request = format!("GET /bytes/{bytes} HTTP/1.0\r\n\r\n");
    let came = exchange(lab, request.as_bytes()).map_err(|error| format!("down: {error}"))?;
    if digest(&came) != whole {
        return Err(format!(
            "down: {} bytes, and not those that were sent",
            came.len()
        ));
    }
    let mut request =
        format!("POST /digest HTTP/1.0\r\nContent-Length: {bytes}\r\n\r\n").into_bytes();
    request.extend_from_slice(&contents);
    let came = exchange(lab, &request).map_err(|error| format!("up: {error}"))?;
    match came == whole.as_bytes() {
        true => Ok(()),
        false => Err("up: not the bytes that were sent".to_owned()),
    }
}

/// Asks the web server in the virtual network; what comes behind the head of its answer.
fn exchange(lab: &Lab, request: &[u8]) -> io::Result<Vec<u8>> {
    let to = (places::INTRANET, 80).into();
    let connected = lab
        .network
        .client
        .run(move || TcpStream::connect_timeout(&to, SILENCE));
    let mut stream = connected.map_err(io::Error::other)??;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let body = head.and_then(|at| answer.get(at + 4..));
    Ok(body.unwrap_or_default().to_vec())
}
