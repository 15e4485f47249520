//! A person at a terminal: sees what a program asks, and types.

use crate::error::LabError;
use crate::machine::Machine;
use crate::programs::Finished;
use nix::pty::openpty;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Runs `command` on `machine` with a terminal of its own for at most `limit`. Each of
/// `answers` is typed once its first text has been shown after the one before it.
///
/// # Errors
/// When there is no terminal to be had, or the program cannot be started.
pub fn run(
    machine: &Machine,
    command: &Command,
    answers: &[(&str, &str)],
    limit: Duration,
) -> Result<Finished, LabError> {
    let trouble = || LabError::io("open a terminal");
    let ends = openpty(None, None).map_err(|error| trouble()(error.into()))?;
    let side = || ends.slave.try_clone().map(Stdio::from).map_err(trouble());
    // The program asks the terminal that controls it, not only its standard input.
    let mut inside = Command::new("setsid");
    inside
        .args(["--ctty", "--wait"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(side()?)
        .stdout(side()?)
        .stderr(side()?);
    if let Some(folder) = command.get_current_dir() {
        inside.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => inside.env(name, value),
            None => inside.env_remove(name),
        };
    }
    drop(ends.slave);
    let started = Instant::now();
    let mut child = machine.spawn(inside)?;
    let mut keyboard = File::from(ends.master.try_clone().map_err(trouble())?);
    let screen = watch(File::from(ends.master));
    let (mut shown, mut seen, mut next) = (String::new(), 0, answers.iter());
    let mut answer = next.next();
    let status = loop {
        if let Ok(piece) = screen.recv_timeout(Duration::from_millis(5)) {
            shown.push_str(&piece);
        }
        let found = answer.and_then(|(prompt, text)| {
            let at = shown.get(seen..)?.find(prompt)?;
            Some((seen + at + prompt.len(), text))
        });
        if let Some((end, text)) = found {
            seen = end;
            answer = next.next();
            // A program that is about to switch the echo off has done so by then.
            thread::sleep(Duration::from_millis(100));
            writeln!(keyboard, "{text}").map_err(LabError::io("type an answer"))?;
        }
        match child.try_wait().map_err(LabError::io("wait"))? {
            Some(status) => break Some(status),
            None if started.elapsed() > limit => {
                child.kill().map_err(LabError::io("stop a program"))?;
                child.wait().map_err(LabError::io("wait"))?;
                break None;
            }
            None => {}
        }
    };
    while let Ok(piece) = screen.recv_timeout(Duration::from_millis(100)) {
        shown.push_str(&piece);
    }
    Ok(Finished {
        status,
        stdout: shown,
        stderr: String::new(),
        took: started.elapsed(),
    })
}

/// What appears on the terminal, piece by piece.
fn watch(mut screen: File) -> mpsc::Receiver<String> {
    let (pieces, shown) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // Reading fails once nobody holds the other end.
        while let Ok(len @ 1..) = screen.read(&mut buffer) {
            let text = String::from_utf8_lossy(buffer.get(..len).unwrap_or_default());
            if pieces.send(text.into_owned()).is_err() {
                return;
            }
        }
    });
    shown
}
