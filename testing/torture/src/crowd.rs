//! Thousands of clients at the daemon's socket, of many users, some of them silent: the
//! others are still answered at once.

use crate::report::{Report, at_percent, in_words};
use crate::stage::{expect, ready};
use crate::trial::Size;
use bytes::BytesMut;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::{Uid, seteuid};
use spoke_api::{API_VERSION, ClientMessage, DaemonMessage, Hello, Request, frame};
use spoke_lab::{LabError, SOCKET};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How soon `status` is answered, 99 times of a hundred.
const GOAL: Duration = Duration::from_millis(50);
/// How many sockets one user has open.
const OF_A_USER: usize = 32;
/// The users, from this number on: those that a system gives to people.
const FIRST_USER: u32 = 1000;
/// How many questions are asked beside them.
const QUESTIONS: usize = 500;
/// What systemd lets a service open unless it asks for more.
const USUAL_LIMIT: u64 = 1024;

/// A client that has introduced itself.
struct Client {
    stream: UnixStream,
    input: BytesMut,
}

pub(crate) fn play(size: Size) -> Result<Report, LabError> {
    let trouble = || LabError::io("be a crowd");
    // The tests of every change share their machine with others.
    let goal = if size.is_small() { GOAL * 10 } else { GOAL };
    let wanted = size.times(600, 10_000);
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)
        .map_err(io::Error::from)
        .map_err(trouble())?;
    let limit = |soft| setrlimit(Resource::RLIMIT_NOFILE, soft, hard).map_err(io::Error::from);
    // The daemon gets what a service gets.
    limit(USUAL_LIMIT.min(hard)).map_err(trouble())?;
    let lab = ready("tcp")?;
    limit(hard).map_err(trouble())?;
    expect(&lab, &["connect", "--timeout", "40s"])?;

    let mut report = Report::default();
    let alone = questions(QUESTIONS).map_err(trouble())?;
    report.note(
        "`status` with nobody else there, 99 of 100",
        in_words(at_percent(&alone, 99)),
    );

    let mut crowd = Vec::new();
    let mut silent = Vec::new();
    let begun = Instant::now();
    for user in FIRST_USER.. {
        if crowd.len() + silent.len() >= wanted {
            break;
        }
        seteuid(Uid::from_raw(user))
            .map_err(io::Error::from)
            .map_err(trouble())?;
        for place in 0..OF_A_USER {
            // Every eighth never says who it is.
            match place % 8 {
                0 => silent.extend(UnixStream::connect(SOCKET)),
                _ => crowd.extend(Client::introduce()),
            }
        }
        seteuid(Uid::from_raw(0))
            .map_err(io::Error::from)
            .map_err(trouble())?;
        if begun.elapsed() > Duration::from_secs(120) {
            break;
        }
    }
    report.demand(
        "sockets open, of as many users as it takes at 32 each",
        format!("≥ {wanted}"),
        format!(
            "{}, {} of them silent, in {}",
            crowd.len() + silent.len(),
            silent.len(),
            in_words(begun.elapsed())
        ),
        crowd.len() + silent.len() >= wanted,
    );
    let beside = questions(QUESTIONS).map_err(trouble())?;
    report.at_most(
        "`status` beside them, of a new client each time, 99 of 100",
        goal,
        at_percent(&beside, 99),
    );
    let asked = crowd.iter_mut().filter_map(|client| client.status().ok());
    let answered: Vec<Duration> = asked.collect();
    report.demand(
        "of those that have introduced themselves, answered",
        crowd.len(),
        answered.len(),
        answered.len() == crowd.len(),
    );
    report.at_most("in, 99 of 100", goal, at_percent(&answered, 99));
    drop((crowd, silent));

    let one_by_one = questions(wanted).map_err(trouble())?;
    report.note("clients one after the other", one_by_one.len());
    report.at_most(
        "each from its connection to its `status`, 99 of 100",
        goal,
        at_percent(&one_by_one, 99),
    );
    expect(&lab, &["disconnect"])?;
    Ok(report)
}

/// So many new clients that ask for the state; how long each took.
fn questions(count: usize) -> io::Result<Vec<Duration>> {
    let ask = || {
        let begun = Instant::now();
        Client::introduce()?.status()?;
        Ok(begun.elapsed())
    };
    std::iter::repeat_with(ask).take(count).collect()
}

impl Client {
    fn introduce() -> io::Result<Self> {
        let stream = UnixStream::connect(SOCKET)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut client = Self {
            stream,
            input: BytesMut::new(),
        };
        let hello = Hello {
            api: API_VERSION,
            version: "crowd".to_owned(),
        };
        client.send(&hello)?;
        client.receive::<Hello>()?;
        Ok(client)
    }

    /// How long the answer takes.
    fn status(&mut self) -> io::Result<Duration> {
        let begun = Instant::now();
        self.send(&ClientMessage {
            id: 1,
            request: Request::Status,
        })?;
        self.receive::<DaemonMessage>()?;
        Ok(begun.elapsed())
    }

    fn send(&mut self, message: &impl serde::Serialize) -> io::Result<()> {
        let mut bytes = BytesMut::new();
        frame::encode(message, &mut bytes).map_err(io::Error::other)?;
        self.stream.write_all(&bytes)
    }

    fn receive<T: serde::de::DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut piece = [0; 4096];
        loop {
            if let Some(message) = frame::decode(&mut self.input).map_err(io::Error::other)? {
                return Ok(message);
            }
            let length = self.stream.read(&mut piece)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.input
                .extend_from_slice(piece.get(..length).unwrap_or_default());
        }
    }
}
