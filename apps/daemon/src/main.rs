//! Spoke's root service: listens on a local socket, drives the supervisor, and
//! keeps the way back from every change of the host on disk.

mod chance;
mod client;
mod driver;
mod error;
mod guests;
mod habits;
mod info;
mod intent;
mod journal;
mod listener;
mod log;
mod lookup;
mod manual;
mod narrate;
mod network;
mod options;
mod order;
mod outgoing;
mod passage;
mod places;
mod policy;
mod prepare;
#[cfg(test)]
mod prepare_tests;
mod prepare_trust;
mod server;
mod survey;
mod tunnel;
mod way;

use clap::Parser;
use driver::Ending;
use error::StartError;
use options::Options;
use std::process::ExitCode;

/// `EX_TEMPFAIL` of sysexits.h: the service unit has such an end followed by a new start.
const MADE_ROOM: u8 = 75;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.man {
        return manual::print();
    }
    match run(&options) {
        Ok(Ending::Told) => ExitCode::SUCCESS,
        Ok(Ending::MadeRoom) => ExitCode::from(MADE_ROOM),
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "there may be no log yet when the start fails"
            )]
            {
                eprintln!("spoked: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<Ending, StartError> {
    let log = log::start(options)?;
    // The cryptography library takes a fifth of a second for its first randomness (it
    // measures the processor's jitter): nobody's first connection should wait for that.
    std::thread::spawn(|| {
        spoke_engine::provider()
            .secure_random
            .fill(&mut [0; 32])
            .is_ok()
    });
    // One thread is enough for messages between people and state machines; packets
    // have a thread of their own.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    let result = runtime.block_on(server::serve(options, log));
    if let Err(error) = &result {
        tracing::error!("{error}");
    }
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}
