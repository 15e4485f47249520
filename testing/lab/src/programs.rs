//! Finding the built programs and running them with a limit of time.

use crate::error::LabError;
use crate::machine::Machine;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long output may still come after its program has ended: a program that
/// stays behind may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Where the built program of this name is: beside the running one, or one folder
/// up (tests run from `deps`).
///
/// # Errors
/// [`LabError::NotBuilt`] with the command that builds it.
pub fn find(program: &str) -> Result<PathBuf, LabError> {
    let here = std::env::current_exe().map_err(LabError::io("find this program"))?;
    let folders: Vec<PathBuf> = here
        .ancestors()
        .skip(1)
        .take(2)
        .map(PathBuf::from)
        .collect();
    folders
        .iter()
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .ok_or_else(|| LabError::NotBuilt {
            program: program.to_owned(),
            looked: folders.clone(),
        })
}

/// What a program did.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status; `None` when it was stopped at the limit of time.
    pub status: Option<ExitStatus>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

impl Finished {
    /// Exit code; `None` when it was stopped or died by a signal.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    /// Whether it ended by itself with code 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.code() == Some(0)
    }
}

/// Runs a program on `machine`, at most for `limit`; each line of its output goes
/// to `echo` as it comes.
///
/// # Errors
/// When it cannot be started.
pub fn run(
    machine: &Machine,
    mut command: Command,
    limit: Duration,
    echo: fn(&str),
) -> Result<Finished, LabError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = machine.spawn(command)?;
    let stdout = child.stdout.take().map(|pipe| Gathered::start(pipe, echo));
    let stderr = child.stderr.take().map(|pipe| Gathered::start(pipe, echo));
    let status = loop {
        match child
            .try_wait()
            .map_err(LabError::io("wait for a program"))?
        {
            Some(status) => break Some(status),
            None if started.elapsed() > limit => {
                child.kill().map_err(LabError::io("stop a program"))?;
                child.wait().map_err(LabError::io("wait for a program"))?;
                break None;
            }
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    let took = started.elapsed();
    let text = |gathered: Option<Gathered>| gathered.map_or_else(String::new, Gathered::finish);
    Ok(Finished {
        status,
        stdout: text(stdout),
        stderr: text(stderr),
        took,
    })
}

struct Gathered {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: thread::JoinHandle<()>,
}

impl Gathered {
    fn start(mut pipe: impl Read + Send + 'static, echo: fn(&str)) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(len) = pipe.read(&mut buffer) {
                let Some(piece) = buffer.get(..len).filter(|piece| !piece.is_empty()) else {
                    break;
                };
                echo(&String::from_utf8_lossy(piece));
                sink.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend(piece);
            }
        });
        Self { bytes, reader }
    }

    fn finish(self) -> String {
        let until = Instant::now() + LAST_WORDS;
        while !self.reader.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// For [`run`]: shows nothing.
pub fn quietly(_: &str) {}
