use crate::error::StartError;
use crate::options::Options;
use spoke_api::{LogLevel, LogLine};
use spoke_supervisor::Peer;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::broadcast;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Registry, fmt, reload};

/// Lines kept in memory for `spoke log`.
const KEPT: usize = 1000;
/// Lines that a follower may lag behind.
const LAG: usize = 256;
/// Bytes of a line; what a stranger can make us log is cut.
const LONGEST: usize = 2000;

/// The daemon's latest log lines.
#[derive(Clone)]
pub(crate) struct Log {
    kept: Arc<Mutex<VecDeque<OwnedLine>>>,
    live: broadcast::Sender<OwnedLine>,
    owner: Arc<Mutex<Option<u32>>>,
    /// What is logged at all; none in tests.
    filter: Option<reload::Handle<Targets, Registry>>,
}

/// A line, and whose connection there was when it was written.
#[derive(Clone, Debug)]
pub(crate) struct OwnedLine {
    owner: Option<u32>,
    line: LogLine,
}

impl OwnedLine {
    /// The line, if it is `peer`'s to read: accounts and gateways of one user are
    /// nothing to another.
    pub(crate) fn for_peer(self, peer: Peer) -> Option<LogLine> {
        let theirs = peer.is_root() || self.owner.is_none_or(|owner| owner == peer.uid);
        theirs.then_some(self.line)
    }
}

impl Log {
    /// Lines from now on are about this user's connection.
    pub(crate) fn belongs_to(&self, owner: Option<u32>) {
        *self.owner.lock().unwrap_or_else(PoisonError::into_inner) = owner;
    }

    /// The kept lines from `since_seconds` ago on that `peer` may read, oldest first.
    pub(crate) fn lines(&self, peer: Peer, since_seconds: Option<u64>) -> Vec<LogLine> {
        let from = since_seconds.map_or(0, |seconds| {
            now_ms().saturating_sub(seconds.saturating_mul(1000))
        });
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|kept| kept.line.at_ms >= from)
            .filter_map(|kept| kept.clone().for_peer(peer))
            .collect()
    }

    /// Logs this and what is more severe from now on, in all of the daemon's parts.
    pub(crate) fn set_level(&self, level: LogLevel) {
        let all = Targets::new().with_default(match level {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Trace => LevelFilter::TRACE,
        });
        let changed = self.filter.as_ref().map(|filter| filter.reload(all));
        match changed {
            Some(Err(error)) => tracing::error!("the log's level stays as it is: {error}"),
            _ => tracing::info!("from now on {} is logged", level.word()),
        }
    }

    /// Lines as they come.
    pub(crate) fn follow(&self) -> broadcast::Receiver<OwnedLine> {
        self.live.subscribe()
    }

    fn new() -> Self {
        Self {
            kept: Arc::default(),
            live: broadcast::channel(LAG).0,
            owner: Arc::default(),
            filter: None,
        }
    }

    fn add(&self, line: LogLine) {
        let owner = *self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        let line = OwnedLine { owner, line };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(line.clone());
        drop(kept);
        // Nobody follows most of the time.
        let _ = self.live.send(line);
    }
}

/// Starts logging: to memory always, and to the journal under systemd, else to
/// standard error.
pub(crate) fn start(options: &Options) -> Result<Log, StartError> {
    let mut log = Log::new();
    let filter: Targets = options.log.parse().map_err(|error| StartError::Filter {
        filter: options.log.clone(),
        reason: ParseError::to_string(&error),
    })?;
    let (filter, handle) = reload::Layer::new(filter);
    log.filter = Some(handle);
    let under_systemd = !options.foreground && std::env::var_os("JOURNAL_STREAM").is_some();
    let journal = under_systemd
        .then(tracing_journald::layer)
        .and_then(Result::ok);
    let stderr = journal.is_none().then(|| {
        fmt::layer()
            .with_writer(std::io::stderr)
            .with_target(false)
            .with_ansi(false)
    });
    tracing_subscriber::registry()
        .with(filter)
        .with(journal)
        .with(stderr)
        .with(log.clone())
        .init();
    Ok(log)
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let mut text = text.0;
        if text.len() > LONGEST {
            let cut = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at));
            text.truncate(cut.unwrap_or(0));
        }
        self.add(LogLine {
            at_ms: now_ms(),
            level: event.metadata().level().as_str().to_ascii_lowercase(),
            text,
        });
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        } else {
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}

fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_lines_go_first() {
        let log = Log::new();
        for number in 0..KEPT + 3 {
            log.add(LogLine {
                at_ms: now_ms(),
                level: "info".into(),
                text: number.to_string(),
            });
        }
        let lines = log.lines(peer(0), Some(60));
        assert_eq!(lines.len(), KEPT);
        assert_eq!(lines[0].text, "3");
        assert!(log.lines(peer(0), Some(0)).len() <= KEPT);
    }

    #[test]
    fn lines_of_one_users_connection_are_not_for_another() {
        let log = Log::new();
        for owner in [None, Some(1000), Some(1001)] {
            log.belongs_to(owner);
            log.add(LogLine {
                at_ms: now_ms(),
                level: "info".into(),
                text: format!("{owner:?}"),
            });
        }
        let seen = |uid| log.lines(peer(uid), None).len();
        assert_eq!((seen(0), seen(1000), seen(1001), seen(7)), (3, 2, 2, 1));
    }

    fn peer(uid: u32) -> Peer {
        Peer {
            uid,
            gid: uid,
            pid: 1,
        }
    }
}
